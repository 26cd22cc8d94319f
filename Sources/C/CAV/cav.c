// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "cav.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    BUFFER_BYTES = 1 << 16,
    MOST_STREAMS = 32,
    ROW_ALIGNMENT = 32,
    REMEMBERED_KEYS = 64,
    // What is read and decoded to find out what a stream is.
    PROBE_BYTES = 4 << 20,
    PROBE_PACKETS = 500,
};

struct cav_video {
    // The file.
    const uint8_t *bytes;
    int64_t length;
    int64_t position;
    AVFormatContext *format;
    AVCodecContext *codec;
    int stream;
    AVPacket *packet;
    AVFrame *frame;
    // What is allowed, and what was used of it.
    cav_limits limits;
    double started;
    int64_t decoded;
    uint64_t decoded_pixels;
    cav_mode mode;
    // Where frames are left out: the number of the last one, and the first that is wanted.
    int64_t last_number;
    int64_t next_number;
    // And of those decoded, how many may come between two that are handed out; 0 for any number.
    int64_t most_between;
    int64_t since;
    // In key-frame mode: packets of the stream so far, the key frame that comes next, and which frames the decoder got last.
    int64_t packets;
    AVPacket *next;
    int has_next;
    int64_t keys;
    // Of them those that the decoder got.
    int64_t fed_keys;
    struct {
        int64_t time;
        int64_t number;
    } recent[REMEMBERED_KEYS];
    // Which key frames are handed out: all of them, or so many by number and as many by time.
    cav_outline outline;
    int64_t spread;
    int64_t place;
    int64_t moment;
    int draining;
    int has_gaps;
    int stopped;
    double rate;
    // The frame in RGB.
    struct SwsContext *scaler;
    uint8_t *rgb;
    int rgb_bytes;
};

// Only these decoders are ever opened. AV1 is dav1d's: FFmpeg's own needs a graphics card.
static const struct {
    enum AVCodecID id;
    const char *name;
} decoders[] = {
    {AV_CODEC_ID_H264, "h264"}, {AV_CODEC_ID_HEVC, "hevc"}, {AV_CODEC_ID_VP8, "vp8"},
    {AV_CODEC_ID_VP9, "vp9"},   {AV_CODEC_ID_MPEG4, "mpeg4"}, {AV_CODEC_ID_AV1, "libdav1d"},
};
static const char allowed_decoders[] = "h264,hevc,vp8,vp9,mpeg4,libdav1d";

static const AVCodec *decoder_for(enum AVCodecID id) {
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++) {
        if (decoders[i].id == id) return avcodec_find_decoder_by_name(decoders[i].name);
    }
    return NULL;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// MARK: the file in memory

static int out_of_time(void *opaque) {
    cav_video *video = opaque;
    if (now() - video->started > video->limits.seconds) video->stopped = 1;
    return video->stopped;
}

// Asks the clock too: a demuxer may look for its place again and again without giving out a packet.
static int read_bytes(void *opaque, uint8_t *buffer, int count) {
    cav_video *video = opaque;
    if (out_of_time(video)) return AVERROR_EXIT;
    int64_t left = video->length - video->position;
    if (left <= 0) return AVERROR_EOF;
    if (count > left) count = (int)left;
    memcpy(buffer, video->bytes + video->position, (size_t)count);
    video->position += count;
    return count;
}

static int64_t seek_bytes(void *opaque, int64_t offset, int whence) {
    cav_video *video = opaque;
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return video->length;
    case SEEK_SET: break;
    case SEEK_CUR: offset += video->position; break;
    case SEEK_END: offset += video->length; break;
    default: return AVERROR(EINVAL);
    }
    if (offset < 0 || offset > video->length) return AVERROR(EINVAL);
    video->position = offset;
    return offset;
}

// A playlist or a reference to another file leads nowhere.
static int refuse_file(AVFormatContext *format, AVIOContext **io, const char *url, int flags, AVDictionary **options) {
    (void)format, (void)io, (void)url, (void)flags, (void)options;
    return AVERROR(EACCES);
}

// MARK: opening

static cav_status open_container(cav_video *video, cav_format kind) {
    const AVInputFormat *input = av_find_input_format(kind == CAV_MP4 ? "mov" : "matroska");
    uint8_t *buffer = av_malloc(BUFFER_BYTES);
    video->format = avformat_alloc_context();
    if (input == NULL || buffer == NULL || video->format == NULL) {
        av_free(buffer);
        return CAV_DAMAGED;
    }
    video->format->pb = avio_alloc_context(buffer, BUFFER_BYTES, 0, video, read_bytes, NULL, seek_bytes);
    if (video->format->pb == NULL) {
        av_free(buffer);
        return CAV_DAMAGED;
    }
    video->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    video->format->io_open = refuse_file;
    video->format->max_streams = MOST_STREAMS;
    video->format->probesize = PROBE_BYTES;
    video->format->max_probe_packets = PROBE_PACKETS;
    video->format->interrupt_callback = (AVIOInterruptCB){out_of_time, video};
    video->format->codec_whitelist = av_strdup(allowed_decoders);
    video->format->format_whitelist = av_strdup(input->name);
    video->format->protocol_whitelist = av_strdup("");
    // On failure this frees the context, but not what was made for it.
    AVIOContext *io = video->format->pb;
    if (avformat_open_input(&video->format, "", input, NULL) != 0) {
        av_freep(&io->buffer);
        avio_context_free(&io);
        return video->stopped ? CAV_STOPPED : CAV_DAMAGED;
    }
    return CAV_OK;
}

// Covers of songs. Pictures of chapters are moving ones to a player that does not know chapters.
static int is_cover(const AVStream *stream) {
    return (stream->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) == AV_DISPOSITION_ATTACHED_PIC;
}

// The first stream of moving pictures, as vPDQ takes it.
static int first_video(const AVFormatContext *format) {
    for (unsigned i = 0; i < format->nb_streams; i++) {
        if (format->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover(format->streams[i])) return (int)i;
    }
    return -1;
}

// What the container does not name may be anything, covers and attachments are shown by some players, and a file without streams
// may only look so.
static int has_only_sound(const AVFormatContext *format) {
    for (unsigned i = 0; i < format->nb_streams; i++) {
        if (format->streams[i]->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) return 0;
    }
    return format->nb_streams > 0;
}

// Decodes a little to learn what the streams are. The decoders that are opened for that get the same limits as ours.
static cav_status find_streams(cav_video *video) {
    unsigned count = video->format->nb_streams;
    AVDictionary **options = av_calloc(count, sizeof *options);
    if (options == NULL) return CAV_DAMAGED;
    for (unsigned i = 0; i < count; i++) {
        av_dict_set_int(&options[i], "max_pixels", (int64_t)video->limits.pixels, 0);
        av_dict_set_int(&options[i], "threads", 1, 0);
    }
    int result = avformat_find_stream_info(video->format, options);
    for (unsigned i = 0; i < count; i++) av_dict_free(&options[i]);
    av_free(options);
    if (video->stopped) return CAV_STOPPED;
    return result < 0 ? CAV_DAMAGED : CAV_OK;
}

static cav_status open_decoder(cav_video *video) {
    AVStream *stream = video->format->streams[video->stream];
    const AVCodecParameters *parameters = stream->codecpar;
    const AVCodec *decoder = decoder_for(parameters->codec_id);
    if (decoder == NULL) return CAV_NO_VIDEO;
    if ((uint64_t)parameters->width * (uint64_t)parameters->height > video->limits.pixels) return CAV_TOO_LARGE;
    video->codec = avcodec_alloc_context3(decoder);
    video->packet = av_packet_alloc();
    video->next = av_packet_alloc();
    video->frame = av_frame_alloc();
    if (video->codec == NULL || video->packet == NULL || video->next == NULL || video->frame == NULL) return CAV_DAMAGED;
    if (avcodec_parameters_to_context(video->codec, parameters) < 0) return CAV_DAMAGED;
    video->codec->thread_count = 1;
    video->codec->max_pixels = (int64_t)video->limits.pixels;
    video->codec->pkt_timebase = stream->time_base;
    if (video->mode == CAV_KEY_FRAMES) video->codec->skip_frame = AVDISCARD_NONKEY;
    if (video->mode == CAV_REFERENCE_FRAMES) video->codec->skip_frame = AVDISCARD_NONREF;
    return avcodec_open2(video->codec, decoder, NULL) == 0 ? CAV_OK : CAV_DAMAGED;
}

static void describe(const cav_video *video, cav_info *info) {
    const AVStream *stream = video->format->streams[video->stream];
    info->width = stream->codecpar->width;
    info->height = stream->codecpar->height;
    info->frames_per_second = video->rate;
    info->seconds = 0;
    if (video->format->duration != AV_NOPTS_VALUE && video->format->duration > 0)
        info->seconds = (double)video->format->duration / AV_TIME_BASE;
    snprintf(info->codec, sizeof info->codec, "%s", avcodec_get_name(stream->codecpar->codec_id));
}

// The container, and the one stream that matters.
static cav_status open_stream(
    const uint8_t *bytes, size_t length, cav_format format, const cav_limits *limits, cav_mode mode, cav_video **video) {
    *video = NULL;
    cav_video *opened = av_mallocz(sizeof *opened);
    if (opened == NULL) return CAV_DAMAGED;
    opened->bytes = bytes;
    opened->length = (int64_t)length;
    opened->limits = *limits;
    opened->mode = mode;
    opened->last_number = -1;
    opened->started = now();
    cav_status status = open_container(opened, format);
    if (status == CAV_OK) {
        opened->stream = first_video(opened->format);
        if (opened->stream < 0) status = has_only_sound(opened->format) ? CAV_ONLY_SOUND : CAV_NO_VIDEO;
    }
    if (status == CAV_OK) {
        for (unsigned i = 0; i < opened->format->nb_streams; i++) {
            if ((int)i != opened->stream) opened->format->streams[i]->discard = AVDISCARD_ALL;
        }
        if (decoder_for(opened->format->streams[opened->stream]->codecpar->codec_id) == NULL) status = CAV_NO_VIDEO;
    }
    if (status == CAV_OK) *video = opened;
    else cav_close(opened);
    return status;
}

cav_status cav_open(
    const uint8_t *bytes, size_t length, cav_format format, const cav_limits *limits, cav_mode mode, cav_info *info,
    cav_video **video) {
    cav_video *opened;
    cav_status status = open_stream(bytes, length, format, limits, mode, &opened);
    *video = NULL;
    if (status != CAV_OK) return status;
    status = find_streams(opened);
    if (status == CAV_OK) status = open_decoder(opened);
    if (status != CAV_OK) {
        cav_close(opened);
        return status;
    }
    const AVStream *stream = opened->format->streams[opened->stream];
    double rate = av_q2d(stream->avg_frame_rate);
    opened->rate = isfinite(rate) && rate > 0 ? rate : 0;
    describe(opened, info);
    *video = opened;
    return CAV_OK;
}

// MARK: frames

// The next packet of the stream; CAV_END when there is none.
static cav_status read_packet(cav_video *video, AVPacket *packet) {
    for (;;) {
        int result = av_read_frame(video->format, packet);
        if (video->stopped || out_of_time(video)) {
            if (result == 0) av_packet_unref(packet);
            return CAV_STOPPED;
        }
        if (result < 0) {
            // A file cut short ends like a whole one for some containers and with an error for others.
            if (result != AVERROR_EOF) video->has_gaps = 1;
            return CAV_END;
        }
        if (packet->stream_index == video->stream) {
            if (packet->flags & AV_PKT_FLAG_CORRUPT) video->has_gaps = 1;
            return CAV_OK;
        }
        av_packet_unref(packet);
    }
}

// Puts the next key frame into video->packet and finds out its place among all frames as they are shown: those stored before
// it, and those stored after it, up to the key frame that follows, whose time is earlier. Not every decoder knows how to skip,
// so what is no key frame is left out here.
static cav_status read_key_packet(cav_video *video) {
    cav_status status = CAV_OK;
    while (!video->has_next && status == CAV_OK) {
        status = read_packet(video, video->next);
        if (status != CAV_OK) return status;
        video->has_next = (video->next->flags & AV_PKT_FLAG_KEY) != 0;
        if (!video->has_next) av_packet_unref(video->next);
        video->packets++;
    }
    av_packet_move_ref(video->packet, video->next);
    video->has_next = 0;
    int64_t time = video->packet->pts, number = video->packets - 1;
    while (!video->has_next) {
        status = read_packet(video, video->next);
        if (status == CAV_STOPPED) return status;
        if (status == CAV_END) break;
        video->packets++;
        video->has_next = (video->next->flags & AV_PKT_FLAG_KEY) != 0;
        if (video->has_next) break;
        if (time != AV_NOPTS_VALUE && video->next->pts != AV_NOPTS_VALUE && video->next->pts < time) number++;
        av_packet_unref(video->next);
    }
    // A frame comes out later than its packet went in; the time stamp tells which it was.
    video->recent[video->keys % REMEMBERED_KEYS].time = time;
    video->recent[video->keys % REMEMBERED_KEYS].number = number;
    video->keys++;
    return CAV_OK;
}

void cav_spread(cav_video *video, const cav_outline *outline, int64_t most) {
    video->outline = *outline;
    video->spread = outline->keys > most ? (most > 2 ? most / 2 : 1) : 0;
    video->place = video->moment = -1;
}

// Whether the key frame in video->packet is the first in its share of the frames, or of the time. The shares of time begin in the
// middle of those of the frames, so that of an even video both choose different ones.
static int is_chosen(cav_video *video) {
    if (video->spread == 0) return 1;
    int64_t place = (int64_t)((double)(video->keys - 1) * (double)video->spread / (double)video->outline.keys), moment = 0;
    double span = (double)video->outline.last - (double)video->outline.first;
    if (video->packet->pts != AV_NOPTS_VALUE && span > 0) {
        double share = ((double)video->packet->pts - (double)video->outline.first) / span;
        moment = share <= 0 ? 0 : share >= 1 ? video->spread : (int64_t)(share * (double)video->spread + 0.5);
    }
    if (place >= video->spread) place = video->spread - 1;
    if (place <= video->place && moment <= video->moment) return 0;
    if (place > video->place) video->place = place;
    if (moment > video->moment) video->moment = moment;
    return 1;
}

static cav_status read_chosen_key(cav_video *video) {
    for (;;) {
        cav_status status = read_key_packet(video);
        if (status != CAV_OK || is_chosen(video)) return status;
        av_packet_unref(video->packet);
    }
}

static void widen(int64_t time, int64_t *first, int64_t *last) {
    if (time == AV_NOPTS_VALUE) return;
    if (*first == AV_NOPTS_VALUE || time < *first) *first = time;
    if (*last == AV_NOPTS_VALUE || time > *last) *last = time;
}

// A key frame and what is stored behind it, up to the next one.
struct stretch {
    int64_t others;
    double first;
    double last;
};

static const struct stretch no_stretch = {0, INFINITY, -INFINITY};

static void extend(struct stretch *stretch, const AVPacket *packet, int64_t duration) {
    if (packet->pts == AV_NOPTS_VALUE) return;
    stretch->first = fmin(stretch->first, (double)packet->pts);
    stretch->last = fmax(stretch->last, (double)packet->pts + (double)(duration > 0 ? duration : 0));
}

// A key frame that stands alone, however long it shows, was looked at.
static void end_stretch(const struct stretch *stretch, double unit, cav_outline *outline) {
    if (stretch->others == 0) return;
    double seconds = (stretch->last - stretch->first) * unit;
    if (isfinite(seconds) && seconds > outline->stretch_seconds) outline->stretch_seconds = seconds;
    if (stretch->others >= outline->stretch_frames) outline->stretch_frames = stretch->others + 1;
}

// A player shows the last frame until the sound ends.
static double end_of_file(const AVFormatContext *format, const AVStream *stream) {
    if (format->duration == AV_NOPTS_VALUE || format->duration <= 0) return -INFINITY;
    double start = stream->start_time == AV_NOPTS_VALUE ? 0 : (double)stream->start_time;
    return start + (double)format->duration / AV_TIME_BASE / av_q2d(stream->time_base);
}

cav_status cav_outline_of(
    const uint8_t *bytes, size_t length, cav_format format, const cav_limits *limits, cav_outline *outline) {
    cav_video *video;
    cav_status status = open_stream(bytes, length, format, limits, CAV_KEY_FRAMES, &video);
    if (status != CAV_OK) return status;
    AVPacket *packet = av_packet_alloc();
    if (packet == NULL) status = CAV_DAMAGED;
    const AVStream *stream = video->format->streams[video->stream];
    double unit = av_q2d(stream->time_base);
    *outline = (cav_outline){.width = stream->codecpar->width, .height = stream->codecpar->height};
    int64_t first = AV_NOPTS_VALUE, last = AV_NOPTS_VALUE, first_key = AV_NOPTS_VALUE, last_key = AV_NOPTS_VALUE;
    struct stretch stretch = no_stretch;
    while (status == CAV_OK) {
        status = read_packet(video, packet);
        if (status != CAV_OK) break;
        outline->frames++;
        widen(packet->pts, &first, &last);
        if (packet->flags & AV_PKT_FLAG_KEY) {
            outline->keys++;
            widen(packet->pts, &first_key, &last_key);
            // What comes before it shows until it comes.
            extend(&stretch, packet, 0);
            end_stretch(&stretch, unit, outline);
            stretch = no_stretch;
        } else {
            stretch.others++;
        }
        extend(&stretch, packet, packet->duration);
        av_packet_unref(packet);
    }
    stretch.last = fmax(stretch.last, end_of_file(video->format, stream));
    end_stretch(&stretch, unit, outline);
    if (first_key != AV_NOPTS_VALUE) {
        outline->first = first_key;
        outline->last = last_key;
    }
    double seconds = ((double)last - (double)first) * unit;
    outline->seconds = first != AV_NOPTS_VALUE && isfinite(seconds) ? seconds : 0;
    av_packet_free(&packet);
    cav_close(video);
    return status == CAV_END ? CAV_OK : status;
}

// Gives the decoder the next packet, or at the end nothing more.
static cav_status feed(cav_video *video) {
    cav_status status = video->mode == CAV_KEY_FRAMES ? read_chosen_key(video) : read_packet(video, video->packet);
    if (status == CAV_STOPPED) return status;
    if (status == CAV_END && video->mode == CAV_KEY_FRAMES) return status;
    if (status == CAV_END) {
        video->draining = 1;
        avcodec_send_packet(video->codec, NULL);
        return CAV_OK;
    }
    if (avcodec_send_packet(video->codec, video->packet) < 0) video->has_gaps = 1;
    av_packet_unref(video->packet);
    if (video->mode == CAV_KEY_FRAMES) {
        // Each for itself: where those between them are missing, a decoder takes the later for the earlier, or for the same.
        video->fed_keys++;
        avcodec_send_packet(video->codec, NULL);
    }
    return CAV_OK;
}

// Where frames are left out, the time tells the number; it grows whatever the file says.
static int64_t number_by_time(const cav_video *video) {
    const AVStream *stream = video->format->streams[video->stream];
    int64_t time = video->frame->best_effort_timestamp, least = video->last_number + 1;
    int64_t start = stream->start_time == AV_NOPTS_VALUE ? 0 : stream->start_time;
    if (time == AV_NOPTS_VALUE || video->rate == 0) return least;
    double number = ((double)time - (double)start) * av_q2d(stream->time_base) * video->rate;
    return number > (double)least && number < 1e15 ? (int64_t)(number + 0.5) : least;
}

static int64_t number_of(const cav_video *video) {
    if (video->mode == CAV_REFERENCE_FRAMES) return video->last_number;
    if (video->mode == CAV_ALL_FRAMES) return video->decoded;
    for (int64_t key = video->keys - 1; key >= 0 && key >= video->keys - REMEMBERED_KEYS; key--) {
        if (video->recent[key % REMEMBERED_KEYS].time == video->frame->pts) return video->recent[key % REMEMBERED_KEYS].number;
    }
    return video->decoded;
}

// To RGB at the frame's own size by swscale's area filter, as vPDQ does.
static cav_status convert(cav_video *video, cav_frame *result) {
    const AVFrame *frame = video->frame;
    int width = frame->width, height = frame->height;
    if (width <= 0 || height <= 0) return CAV_DAMAGED;
    if ((uint64_t)width * (uint64_t)height > video->limits.pixels) return CAV_TOO_LARGE;
    int needed = av_image_get_buffer_size(AV_PIX_FMT_RGB24, width, height, ROW_ALIGNMENT);
    if (needed < 0) return CAV_TOO_LARGE;
    if (needed > video->rgb_bytes) {
        av_freep(&video->rgb);
        video->rgb_bytes = 0;
        video->rgb = av_malloc((size_t)needed);
        if (video->rgb == NULL) return CAV_TOO_LARGE;
        video->rgb_bytes = needed;
    }
    uint8_t *planes[4];
    int strides[4];
    if (av_image_fill_arrays(planes, strides, video->rgb, AV_PIX_FMT_RGB24, width, height, ROW_ALIGNMENT) < 0) return CAV_DAMAGED;
    video->scaler = sws_getCachedContext(
        video->scaler, width, height, (enum AVPixelFormat)frame->format, width, height, AV_PIX_FMT_RGB24, SWS_AREA, NULL, NULL,
        NULL);
    if (video->scaler == NULL) return CAV_DAMAGED;
    if (sws_scale(video->scaler, (const uint8_t *const *)frame->data, frame->linesize, 0, height, planes, strides) != height)
        return CAV_DAMAGED;
    result->number = number_of(video);
    result->time = frame->best_effort_timestamp;
    result->width = width;
    result->height = height;
    result->pixels = planes[0];
    result->bytes_per_row = (size_t)strides[0];
    return CAV_OK;
}

cav_status cav_next(cav_video *video, int64_t step, cav_frame *frame) {
    for (;;) {
        int result = avcodec_receive_frame(video->codec, video->frame);
        if (result == AVERROR(EAGAIN) && !video->draining) {
            cav_status status = feed(video);
            if (status != CAV_OK) return status;
            continue;
        }
        int next_key = result == AVERROR_EOF && video->mode == CAV_KEY_FRAMES;
        if (result < 0 && !next_key && (result == AVERROR_EOF || video->draining)) return CAV_END;
        if (result < 0) {
            // A damaged frame; the next one may be good, as long as there is more to read.
            if (!next_key) video->has_gaps = 1;
            if (video->mode == CAV_KEY_FRAMES) avcodec_flush_buffers(video->codec);
            cav_status status = feed(video);
            if (status != CAV_OK) return status;
            continue;
        }
        if (video->decoded >= video->limits.decoded_frames || video->decoded_pixels >= video->limits.decoded_pixels) return CAV_STOPPED;
        int wanted = video->mode == CAV_KEY_FRAMES || step <= 1 || video->decoded % step == 0;
        if (video->mode == CAV_REFERENCE_FRAMES) {
            video->last_number = number_by_time(video);
            wanted = step <= 1 || video->last_number >= video->next_number
                || (video->most_between > 0 && video->since >= video->most_between);
            video->since = wanted ? 0 : video->since + 1;
            if (wanted && step > 1) video->next_number = (video->last_number / step + 1) * step;
        }
        cav_status status = wanted ? convert(video, frame) : CAV_OK;
        video->decoded++;
        video->decoded_pixels += (uint64_t)video->frame->width * (uint64_t)video->frame->height;
        av_frame_unref(video->frame);
        if (status != CAV_OK || wanted) return status;
    }
}

void cav_hand_out_after(cav_video *video, int64_t frames) { video->most_between = frames; }

int cav_has_false_keys(const cav_video *video) { return video->fed_keys > video->decoded; }

int cav_has_gaps(const cav_video *video) { return video->has_gaps; }

void cav_close(cav_video *video) {
    avcodec_free_context(&video->codec);
    av_packet_free(&video->packet);
    av_packet_free(&video->next);
    av_frame_free(&video->frame);
    if (video->format != NULL) {
        AVIOContext *io = video->format->pb;
        avformat_close_input(&video->format);
        if (io != NULL) av_freep(&io->buffer);
        avio_context_free(&io);
    }
    sws_freeContext(video->scaler);
    av_free(video->rgb);
    av_free(video);
}

// MARK: starting

int cav_start(void) {
    av_log_set_level(AV_LOG_QUIET);
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++) {
        const AVCodec *decoder = decoder_for(decoders[i].id);
        AVCodecContext *codec = decoder == NULL ? NULL : avcodec_alloc_context3(decoder);
        if (codec == NULL) return -1;
        codec->thread_count = 1;
        int failed = avcodec_open2(codec, decoder, NULL);
        avcodec_free_context(&codec);
        if (failed) return -1;
    }
    struct SwsContext *scaler =
        sws_getContext(16, 16, AV_PIX_FMT_YUV420P, 16, 16, AV_PIX_FMT_RGB24, SWS_AREA, NULL, NULL, NULL);
    if (scaler == NULL) return -1;
    sws_freeContext(scaler);
    return av_find_input_format("mov") != NULL && av_find_input_format("matroska") != NULL ? 0 : -1;
}
