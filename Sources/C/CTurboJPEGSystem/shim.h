// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#pragma once
#include <turbojpeg.h>
