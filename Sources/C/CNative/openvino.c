// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#define _GNU_SOURCE

#include "cnative_openvino.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cnative_library.h"

// Shapes as the library passes them, by value. A fixed length has equal limits.
typedef struct { int64_t least, most; } dimension;
typedef struct { dimension rank, *dimensions; } partial_shape;

enum { ELEMENT_F32 = 4 };

// The status is 0 when all is well; the words of the last error are the library's.
static struct {
    int (*core_create)(void **core);
    int (*core_get_property)(const void *core, const char *device, const char *key, char **value);
    int (*core_read_model)(const void *core, const char *path, const char *weights, void **model);
    int (*core_read_memory)(const void *core, const char *bytes, size_t length, const void *weights, void **model);
    int (*core_compile)(const void *core, const void *model, const char *device, size_t arguments, void **compiled, ...);
    int (*model_inputs)(const void *model, size_t *count);
    int (*model_input)(const void *model, void **port);
    int (*port_shape)(const void *port, partial_shape *shape);
    void (*port_free)(void *port);
    int (*model_reshape)(const void *model, partial_shape shape);
    void (*model_free)(void *model);
    int (*shape_create)(int64_t rank, const int64_t *sizes, partial_shape *shape);
    void (*shape_free)(partial_shape *shape);
    int (*compiled_outputs)(const void *compiled, size_t *count);
    int (*compiled_get_property)(const void *compiled, const char *key, char **value);
    int (*compiled_request)(const void *compiled, void **request);
    void (*compiled_free)(void *compiled);
    int (*request_input)(const void *request, void **tensor);
    int (*request_output)(const void *request, size_t index, void **tensor);
    int (*request_infer)(void *request);
    void (*request_free)(void *request);
    int (*tensor_data)(const void *tensor, void **data);
    int (*tensor_size)(const void *tensor, size_t *count);
    int (*tensor_type)(const void *tensor, int *type);
    void (*tensor_free)(void *tensor);
    const char *(*last_error)(void);
    void (*release)(const char *text);
} ov;

static void *core;

#define SYMBOL(name, field) {name, (void **)&ov.field}
static const cnative_symbol symbols[] = {
    SYMBOL("ov_core_create", core_create),
    SYMBOL("ov_core_get_property", core_get_property),
    SYMBOL("ov_core_read_model", core_read_model),
    SYMBOL("ov_core_read_model_from_memory_buffer", core_read_memory),
    SYMBOL("ov_core_compile_model", core_compile),
    SYMBOL("ov_model_inputs_size", model_inputs),
    SYMBOL("ov_model_const_input", model_input),
    SYMBOL("ov_port_get_partial_shape", port_shape),
    SYMBOL("ov_output_const_port_free", port_free),
    SYMBOL("ov_model_reshape_single_input", model_reshape),
    SYMBOL("ov_model_free", model_free),
    SYMBOL("ov_partial_shape_create_static", shape_create),
    SYMBOL("ov_partial_shape_free", shape_free),
    SYMBOL("ov_compiled_model_outputs_size", compiled_outputs),
    SYMBOL("ov_compiled_model_get_property", compiled_get_property),
    SYMBOL("ov_compiled_model_create_infer_request", compiled_request),
    SYMBOL("ov_compiled_model_free", compiled_free),
    SYMBOL("ov_infer_request_get_input_tensor", request_input),
    SYMBOL("ov_infer_request_get_output_tensor_by_index", request_output),
    SYMBOL("ov_infer_request_infer", request_infer),
    SYMBOL("ov_infer_request_free", request_free),
    SYMBOL("ov_tensor_data", tensor_data),
    SYMBOL("ov_tensor_get_size", tensor_size),
    SYMBOL("ov_tensor_get_element_type", tensor_type),
    SYMBOL("ov_tensor_free", tensor_free),
    SYMBOL("ov_get_last_err_msg", last_error),
    SYMBOL("ov_free", release),
    {NULL, NULL},
};

enum { MOST_OUTPUTS = 16 };

struct cnative_openvino {
    void *model, *compiled, *request, *input, *outputs[MOST_OUTPUTS];
    size_t output_count;
    char precision[8];
};

// The last line of the library's words that says something: before it stand lines of its own source.
static int failed(const char *step, char *why, size_t room) {
    const char *words = ov.last_error();
    char line[256] = "";
    while (words != NULL && *words != 0) {
        size_t length = strcspn(words, "\r\n");
        if (length > 1) snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line - 1), words);
        words += length;
        words += strspn(words, "\r\n");
    }
    for (char *c = line; *c != 0; c++) if (*c < ' ' || *c > '~') *c = ' ';
    snprintf(why, room, "%s%s%s", step, line[0] != 0 ? ": " : "", line);
    return -1;
}

int cnative_openvino_start(const char *library, char *why, size_t room) {
    if (core != NULL) return 0;
    if (cnative_open(library, symbols, why, room) != 0) return -1;
    if (ov.core_create(&core) != 0) {
        core = NULL;
        return failed("OpenVINO does not start", why, room);
    }
    return 0;
}

// Whether one of the words of a property is this one.
static int has_word(const char *words, const char *word) {
    size_t length = strlen(word);
    for (const char *place = words; (place = strstr(place, word)) != NULL; place += length) {
        int begins = place == words || place[-1] == ' ', ends = place[length] == 0 || place[length] == ' ';
        if (begins && ends) return 1;
    }
    return 0;
}

static int processor_has_half(void) {
    char *capabilities = NULL;
    if (ov.core_get_property(core, "CPU", "OPTIMIZATION_CAPABILITIES", &capabilities) != 0) return 0;
    int has = has_word(capabilities, "FP16");
    ov.release(capabilities);
    return has;
}

// The bytes in memory under the number of a file; -1 when that fails.
static int memory_file(const uint8_t *bytes, size_t length) {
    int file = memfd_create("model", MFD_CLOEXEC);
    for (size_t written = 0; file >= 0 && written < length;) {
        ssize_t count = write(file, bytes + written, length - written);
        if (count <= 0) {
            close(file);
            return -1;
        }
        written += (size_t)count;
    }
    return file;
}

// The reader of TFLite wants a file whose name ends in .tflite: a link to bytes that are only in memory, so that what is read is
// what was checked. Returns the library's status, or -1 with `*linked` 0 when no folder takes a link.
static int read_tflite(const uint8_t *bytes, size_t length, void **model, int *linked) {
    static const char *folders[] = {"/tmp", "/dev/shm", "/var/tmp"};
    char folder[64], path[96], target[32];
    int file = memory_file(bytes, length), result = -1;
    *linked = 0;
    if (file < 0) return -1;
    snprintf(target, sizeof target, "/proc/self/fd/%d", file);
    for (size_t i = 0; i < sizeof folders / sizeof *folders && !*linked; i++) {
        snprintf(folder, sizeof folder, "%s/haechi-model-XXXXXX", folders[i]);
        if (mkdtemp(folder) == NULL) continue;
        snprintf(path, sizeof path, "%s/model.tflite", folder);
        if (symlink(target, path) == 0) {
            *linked = 1;
            result = ov.core_read_model(core, path, NULL, model);
            unlink(path);
        }
        rmdir(folder);
    }
    close(file);
    return result;
}

// Refuses a model whose input has other sides, as far as they are fixed. The library would reshape a model of other sides, which
// then runs and gives numbers that mean nothing. How many inputs come at once is free.
static int check_sides(const void *model, const int64_t sizes[4], char *why, size_t room) {
    void *port = NULL;
    partial_shape shape;
    if (ov.model_input(model, &port) != 0) return failed("the model's input has no shape", why, room);
    int read = ov.port_shape(port, &shape);
    ov.port_free(port);
    if (read != 0) return failed("the model's input has no shape", why, room);
    int fits = 1;
    if (shape.rank.least == shape.rank.most) {
        char text[128] = "";
        size_t length = 0;
        fits = shape.rank.least == 4;
        for (int64_t i = 0; i < shape.rank.least && length < sizeof text; i++) {
            dimension side = shape.dimensions[i];
            int is_fixed = side.least == side.most && side.least >= 0;
            if (is_fixed && i > 0 && i < 4 && side.least != sizes[i]) fits = 0;
            const char *between = i > 0 ? "x" : "";
            if (is_fixed) length += (size_t)snprintf(text + length, sizeof text - length, "%s%lld", between, (long long)side.least);
            else length += (size_t)snprintf(text + length, sizeof text - length, "%s?", between);
        }
        if (!fits)
            snprintf(
                why, room, "the model takes %s, and the manifest's recipe makes %lldx%lldx%lldx%lld", text, (long long)sizes[0],
                (long long)sizes[1], (long long)sizes[2], (long long)sizes[3]);
    }
    ov.shape_free(&shape);
    return fits ? 0 : -1;
}

static int load(
    cnative_openvino *made, const uint8_t *bytes, size_t length, int is_tflite, const int64_t sizes[4], int wants_half, char *why,
    size_t room) {
    int linked = 1;
    int read = is_tflite ? read_tflite(bytes, length, &made->model, &linked)
                         : ov.core_read_memory(core, (const char *)bytes, length, NULL, &made->model);
    if (!linked) {
        snprintf(why, room, "no folder for temporary files takes a link to the model");
        return -1;
    }
    if (read != 0) return failed("the file can't be read as a model", why, room);
    size_t inputs = 0;
    if (ov.model_inputs(made->model, &inputs) != 0 || inputs != 1) {
        snprintf(why, room, "the model has %zu inputs, not one", inputs);
        return -1;
    }
    if (check_sides(made->model, sizes, why, room) != 0) return -1;
    partial_shape shape;
    if (ov.shape_create(4, sizes, &shape) != 0) return failed("the shape is impossible", why, room);
    int reshaped = ov.model_reshape(made->model, shape);
    ov.shape_free(&shape);
    if (reshaped != 0) {
        char step[128];
        snprintf(
            step, sizeof step, "the model does not take %lldx%lldx%lldx%lld", (long long)sizes[0], (long long)sizes[1],
            (long long)sizes[2], (long long)sizes[3]);
        return failed(step, why, room);
    }
    // Where the processor has no such arithmetic, the library takes the wish for 16 bits and computes with 32.
    const char *precision = wants_half && processor_has_half() ? "f16" : "f32";
    // The count is of keys and values. Left to itself the library would take 16 bits that are rougher (bf16) where there are.
    if (ov.core_compile(
            core, made->model, "CPU", 10, &made->compiled, "INFERENCE_NUM_THREADS", "1", "NUM_STREAMS", "1", "PERFORMANCE_HINT",
            "LATENCY", "INFERENCE_PRECISION_HINT", precision, "ENABLE_CPU_PINNING", "NO")
        != 0)
        return failed("the model can't be compiled", why, room);
    char *used = NULL;
    if (ov.compiled_get_property(made->compiled, "INFERENCE_PRECISION_HINT", &used) == 0) {
        snprintf(made->precision, sizeof made->precision, "%s", used);
        ov.release(used);
    } else {
        snprintf(made->precision, sizeof made->precision, "%s", precision);
    }
    if (ov.compiled_request(made->compiled, &made->request) != 0 || ov.request_input(made->request, &made->input) != 0
        || ov.compiled_outputs(made->compiled, &made->output_count) != 0)
        return failed("the model can't be asked", why, room);
    int type = 0;
    if (ov.tensor_type(made->input, &type) != 0 || type != ELEMENT_F32) {
        snprintf(why, room, "the model's input is not of 32-bit floats");
        return -1;
    }
    if (made->output_count > MOST_OUTPUTS) made->output_count = MOST_OUTPUTS;
    return 0;
}

cnative_openvino *cnative_openvino_load(
    const uint8_t *bytes, size_t length, int is_tflite, const int64_t shape[4], int wants_half, char *why, size_t room) {
    if (core == NULL) {
        snprintf(why, room, "OpenVINO was not started");
        return NULL;
    }
    cnative_openvino *made = calloc(1, sizeof *made);
    if (made == NULL) {
        snprintf(why, room, "there is no memory");
        return NULL;
    }
    if (load(made, bytes, length, is_tflite, shape, wants_half, why, room) == 0) return made;
    cnative_openvino_free(made);
    return NULL;
}

const char *cnative_openvino_precision(const cnative_openvino *model) { return model->precision; }

float *cnative_openvino_input(const cnative_openvino *model, size_t *count) {
    void *data = NULL;
    *count = 0;
    if (ov.tensor_data(model->input, &data) != 0 || ov.tensor_size(model->input, count) != 0) return NULL;
    return data;
}

int cnative_openvino_run(cnative_openvino *model, char *why, size_t room) {
    return ov.request_infer(model->request) == 0 ? 0 : failed("the model does not run", why, room);
}

size_t cnative_openvino_outputs(const cnative_openvino *model) { return model->output_count; }

const float *cnative_openvino_output(const cnative_openvino *model, size_t index, size_t *count) {
    void *tensor = NULL, *data = NULL;
    int type = 0;
    *count = 0;
    if (index >= model->output_count) return NULL;
    // The handle is kept until the model is freed; what it points to belongs to the request.
    void **kept = (void **)&model->outputs[index];
    if (*kept == NULL && ov.request_output(model->request, index, kept) != 0) return NULL;
    tensor = *kept;
    if (ov.tensor_type(tensor, &type) != 0 || type != ELEMENT_F32 || ov.tensor_data(tensor, &data) != 0
        || ov.tensor_size(tensor, count) != 0)
        return NULL;
    return data;
}

void cnative_openvino_free(cnative_openvino *model) {
    if (model == NULL) return;
    for (size_t i = 0; i < MOST_OUTPUTS; i++)
        if (model->outputs[i] != NULL) ov.tensor_free(model->outputs[i]);
    if (model->input != NULL) ov.tensor_free(model->input);
    if (model->request != NULL) ov.request_free(model->request);
    if (model->compiled != NULL) ov.compiled_free(model->compiled);
    if (model->model != NULL) ov.model_free(model->model);
    free(model);
}
