// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// The path for every processor: the compiler maps the vectors to what the baseline has.

#define PDQ_FUNCTIONS pdq_portable
#define PDQ_TARGET
#define PDQ_QUOTIENT(x, n, reciprocal) ((x) / (n))
#include "pdq_body.h"
