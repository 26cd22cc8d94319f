// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#define _GNU_SOURCE
#include "cbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the media worker's system call filter knows x86_64 and aarch64"
#endif

// MARK: Landlock (system call numbers are the same on every architecture; older kernel headers lack them)

struct ruleset_attributes {
    uint64_t handled_access_fs;
};

// Handles all thirteen rights of the first version and grants none. 1 = on, 0 = the kernel has none, -1 = failed.
static int forbid_files(void) {
    const struct ruleset_attributes attributes = {.handled_access_fs = (1 << 13) - 1};
    int ruleset = (int)syscall(444, &attributes, sizeof attributes, 0);
    if (ruleset < 0) return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
    int result = (int)syscall(446, ruleset, 0);
    close(ruleset);
    return result == 0 ? 1 : -1;
}

// MARK: seccomp

#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define FAIL_WITH(code) (SECCOMP_RET_ERRNO | (code))
#define ON_CALL(number, action) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), RETURN(action)
#define ALLOW(name) ON_CALL(__NR_##name, SECCOMP_RET_ALLOW)
// mmap and mprotect have their protection in the third argument; executable memory is refused.
#define UNLESS_EXECUTABLE(name)                                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4),                                                                    \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),                                            \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), RETURN(FAIL_WITH(EACCES)), RETURN(SECCOMP_RET_ALLOW)

// clone has its flags in the first argument.
#define ONLY_THREADS(name, action)                                                                                                     \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4),                                                                    \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),                                            \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1), RETURN(action), RETURN(FAIL_WITH(EPERM))

// tgkill names the process in the first argument, as an int; libc aborts with it.
#define ONLY_TO_PROCESS(name, process)                                                                                         \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4),                                                                    \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),                                            \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (process), 0, 1), RETURN(SECCOMP_RET_ALLOW), RETURN(FAIL_WITH(EPERM))

static int forbid_calls(int may_start_threads) {
    const struct sock_filter filter_code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        // Input, output, end.
        ALLOW(read), ALLOW(write), ALLOW(readv), ALLOW(writev), ALLOW(close), ALLOW(fstat), ALLOW(exit), ALLOW(exit_group),
        // Memory.
        ALLOW(brk), ALLOW(munmap), ALLOW(mremap), ALLOW(madvise), UNLESS_EXECUTABLE(mmap), UNLESS_EXECUTABLE(mprotect),
        // Locks, clocks, signals to itself.
        ALLOW(futex), ALLOW(sched_yield), ALLOW(sched_getaffinity), ALLOW(clock_gettime), ALLOW(clock_nanosleep), ALLOW(nanosleep),
        ALLOW(gettimeofday), ALLOW(getpid), ALLOW(gettid), ALLOW(getrandom), ALLOW(rt_sigreturn), ALLOW(rt_sigprocmask),
        ALLOW(rt_sigaction), ALLOW(sigaltstack), ALLOW(set_robust_list), ALLOW(getrusage),
        ONLY_TO_PROCESS(tgkill, (uint32_t)getpid()),
#ifdef __NR_rseq
        ALLOW(rseq),
#endif
        // What libraries try and can do without.
        ON_CALL(__NR_openat, FAIL_WITH(EACCES)), ON_CALL(__NR_newfstatat, FAIL_WITH(EACCES)),
        ON_CALL(__NR_faccessat, FAIL_WITH(EACCES)), ON_CALL(__NR_readlinkat, FAIL_WITH(EACCES)), ON_CALL(__NR_ioctl, FAIL_WITH(ENOTTY)),
        ON_CALL(__NR_prctl, FAIL_WITH(EPERM)), ON_CALL(__NR_lseek, FAIL_WITH(ESPIPE)),
        // The WebP decoder needs a second thread. The flags of clone3 can't be seen here; without it, libc uses clone.
        ONLY_THREADS(clone, may_start_threads ? SECCOMP_RET_ALLOW : FAIL_WITH(EPERM)),
#ifdef __NR_clone3
        ON_CALL(__NR_clone3, FAIL_WITH(ENOSYS)),
#endif
#ifdef __x86_64__
        ON_CALL(__NR_open, FAIL_WITH(EACCES)), ON_CALL(__NR_stat, FAIL_WITH(EACCES)), ON_CALL(__NR_access, FAIL_WITH(EACCES)),
        ON_CALL(__NR_readlink, FAIL_WITH(EACCES)),
#endif
        RETURN(SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {
        .len = sizeof filter_code / sizeof filter_code[0], .filter = (struct sock_filter *)filter_code};
    return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
}

// MARK: limits

static int limit(int resource, uint64_t value) {
    struct rlimit old;
    if (getrlimit(resource, &old) != 0) return -1;
    // Whoever runs us may have set less already.
    if (old.rlim_max != RLIM_INFINITY && old.rlim_max < value) value = old.rlim_max;
    struct rlimit new = {.rlim_cur = value, .rlim_max = value};
    return setrlimit(resource, &new);
}

static uint64_t mapped_bytes(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) return 0;
    if (fscanf(file, "%lu", &pages) != 1) pages = 0;
    fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

// Asks which there are where the kernel can't close a range: a limit says nothing, since it may have been higher before.
static int close_from(int first) {
    if (syscall(436, (unsigned)first, ~0u, 0) == 0) return 0;
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL) return -1;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        int descriptor = atoi(entry->d_name);
        if (descriptor >= first && descriptor != dirfd(folder)) close(descriptor);
    }
    return closedir(folder);
}

// Only 0, 1 and 2 stay; 2 leads to /dev/null, since what decoders print about hostile files helps nobody.
static int drop_descriptors(void) {
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0 || dup2(null, 2) < 0) return -1;
    return close_from(3);
}

// What libraries have compiled for themselves stays executable and is no longer writable: else whoever writes into the process
// would have room for code of his own.
static int close_code(void) {
    FILE *file = fopen("/proc/self/maps", "r");
    if (file == NULL) return -1;
    char line[512];
    int failed = 0, begins = 1;
    while (fgets(line, sizeof line, file) != NULL) {
        unsigned long start, end;
        char rights[5];
        // Of a long line only its beginning counts.
        int is_first = begins;
        begins = strchr(line, '\n') != NULL;
        if (!is_first || sscanf(line, "%lx-%lx %4s", &start, &end, rights) != 3 || rights[1] != 'w' || rights[2] != 'x') continue;
        if (mprotect((void *)start, end - start, (rights[0] == 'r' ? PROT_READ : 0) | PROT_EXEC) != 0) failed = 1;
    }
    fclose(file);
    return failed ? -1 : 0;
}

int cbox_lock_down(const cbox_limits *limits, int *landlock) {
    uint64_t mapped = mapped_bytes();
    // Nobody reads the answers of a worker whose parent is gone.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return -1;
    if (mapped == 0 || close_code() != 0 || drop_descriptors() != 0) return -1;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return -1;
    *landlock = forbid_files();
    if (*landlock < 0) return -1;
    // No RLIMIT_NPROC: it counts all threads of the user. The filter below denies processes.
    if (limit(RLIMIT_CORE, 0) != 0 || limit(RLIMIT_FSIZE, 0) != 0 || limit(RLIMIT_NOFILE, 3) != 0 || limit(RLIMIT_CPU, limits->cpu_seconds) != 0
        || limit(RLIMIT_AS, mapped + limits->memory_bytes) != 0)
        return -1;
    return forbid_calls(limits->may_start_threads != 0);
}

// MARK: trying it

const char *cbox_attempt_name(cbox_attempt attempt) {
    switch (attempt) {
    case CBOX_TRY_READ_FILE: return "read a file";
    case CBOX_TRY_WRITE_FILE: return "write a file";
    case CBOX_TRY_SOCKET: return "open a socket";
    case CBOX_TRY_CONNECT: return "connect a socket";
    case CBOX_TRY_EXECUTE: return "execute a program";
    case CBOX_TRY_FORK: return "start a process";
    case CBOX_TRY_THREAD: return "start a thread";
    case CBOX_TRY_EXECUTABLE_MEMORY: return "map executable memory";
    case CBOX_TRY_MAKE_EXECUTABLE: return "make memory executable";
    case CBOX_TRY_WRITE_CODE: return "write into executable memory";
    case CBOX_TRY_MEMORY_FILE: return "make a file in memory";
    case CBOX_TRY_MUCH_MEMORY: return "map more memory than allowed";
    case CBOX_TRY_SIGNAL: return "signal another process";
    case CBOX_TRY_KILL: return "kill its parent";
    case CBOX_TRY_TRACE: return "be traced or trace";
    case CBOX_TRY_READ_PROCESS: return "read another process's memory";
    case CBOX_TRY_NAMESPACE: return "make a namespace";
    case CBOX_TRY_RING: return "open a ring of system calls";
    case CBOX_TRY_INHERITED: return "use an inherited descriptor";
    case CBOX_TRY_COUNT: break;
    }
    return "";
}

// One beyond the first thousand, where the limit allows it.
static int open_high_descriptor(void) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return -1;
    files.rlim_cur = files.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &files) != 0) return -1;
    return fcntl(STDOUT_FILENO, F_DUPFD, files.rlim_max > 2000 ? 2000 : (int)files.rlim_max - 1);
}

static int connects(void) {
    // To an abstract address where nobody listens: refused is an answer of the network, and so the attempt has worked.
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0haechi-nobody"};
    return connect(STDIN_FILENO, (struct sockaddr *)&address, sizeof address) == 0 || (errno != EPERM && errno != EACCES);
}

static int makes_executable(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static int reads_process(pid_t other, void *there) {
    char byte;
    struct iovec here = {.iov_base = &byte, .iov_len = 1}, remote = {.iov_base = there, .iov_len = 1};
    return process_vm_readv(other, &here, 1, &remote, 1, 0) == 1;
}

static int opens_ring(void) {
    // struct io_uring_params, which older headers lack.
    uint32_t parameters[30] = {0};
    return syscall(425, 1, parameters) >= 0;
}

static void end_denied(int signal) {
    (void)signal;
    _exit(1);
}

static int writes_code(volatile char *code) {
    if (code == MAP_FAILED) return 0;
    signal(SIGSEGV, end_denied);
    *code = 1;
    return 1;
}

static void *do_nothing(void *nothing) { return nothing; }

static int starts_thread(void) {
    pthread_t thread;
    return pthread_create(&thread, NULL, do_nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

// What a process has before its box closes, and should not be able to use in it.
struct brought {
    int descriptor;
    // Writable and executable, as libraries that compile for themselves leave it.
    char *code;
};

static int attempt_works(cbox_attempt attempt, const cbox_limits *limits, pid_t other, const struct brought *brought) {
    char *const arguments[] = {"true", NULL};
    switch (attempt) {
    case CBOX_TRY_READ_FILE: return open("/proc/self/status", O_RDONLY) >= 0;
    case CBOX_TRY_WRITE_FILE: return open("/tmp", O_TMPFILE | O_WRONLY, 0600) >= 0;
    case CBOX_TRY_SOCKET: return socket(AF_INET, SOCK_STREAM, 0) >= 0;
    case CBOX_TRY_CONNECT: return connects();
    case CBOX_TRY_EXECUTE: execve("/bin/true", arguments, arguments + 1); return 0;
    case CBOX_TRY_FORK: {
        pid_t child = fork();
        if (child == 0) _exit(0);
        return child > 0;
    }
    case CBOX_TRY_THREAD: return starts_thread();
    case CBOX_TRY_EXECUTABLE_MEMORY:
        return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    case CBOX_TRY_MAKE_EXECUTABLE: return makes_executable();
    case CBOX_TRY_WRITE_CODE: return writes_code(brought->code);
    case CBOX_TRY_MEMORY_FILE: return syscall(SYS_memfd_create, "haechi", 0) >= 0;
    case CBOX_TRY_MUCH_MEMORY:
        return mmap(NULL, limits->memory_bytes + 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
    // Signal 0 does nothing, but asks whether one might.
    case CBOX_TRY_SIGNAL: return syscall(SYS_tgkill, other, other, 0) == 0;
    case CBOX_TRY_KILL: return kill(other, 0) == 0;
    case CBOX_TRY_TRACE: return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
    // The parent has the same things at the same addresses.
    case CBOX_TRY_READ_PROCESS: return reads_process(other, (void *)limits);
    case CBOX_TRY_NAMESPACE: return unshare(CLONE_NEWUSER) == 0;
    case CBOX_TRY_RING: return opens_ring();
    case CBOX_TRY_INHERITED: return write(brought->descriptor, "", 0) == 0;
    case CBOX_TRY_COUNT: break;
    }
    return 1;
}

// In a child: 1 = it did not work, 0 = it did, -1 = the child could not be locked down or ended otherwise.
static int attempt_fails(cbox_attempt attempt, const cbox_limits *limits, int in_box) {
    pid_t parent = getpid();
    pid_t child = fork();
    if (child < 0) return -1;
    if (child == 0) {
        int landlock;
        struct brought brought = {
            .descriptor = open_high_descriptor(),
            .code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
        };
        if (brought.descriptor < 0 || (in_box && cbox_lock_down(limits, &landlock) != 0)) _exit(3);
        _exit(attempt_works(attempt, limits, parent, &brought) ? 2 : 1);
    }
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return -1;
    }
    if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGSYS ? 1 : -1;
    // An executed program would have ended with 0.
    switch (WEXITSTATUS(status)) {
    case 1: return 1;
    case 3: return -1;
    default: return 0;
    }
}

int cbox_is_tried(cbox_attempt attempt, const cbox_limits *limits) {
    return attempt != CBOX_TRY_THREAD || limits->may_start_threads == 0;
}

int cbox_is_denied(cbox_attempt attempt, const cbox_limits *limits) { return attempt_fails(attempt, limits, 1); }

int cbox_works_freely(cbox_attempt attempt, const cbox_limits *limits) { return attempt_fails(attempt, limits, 0) == 0; }
