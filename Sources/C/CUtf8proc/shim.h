// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#pragma once
#include <utf8proc.h>
