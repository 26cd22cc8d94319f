// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Starts what a page needs; every page also works without it.
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startCase } from "./case.js";

startKeys();
startLive(document.querySelector("[data-live]"));
startCase(document.querySelector("[data-case]"));
