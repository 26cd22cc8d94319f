// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
