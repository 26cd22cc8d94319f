// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Hashes the files that `BackgroundHasher` sends, one after the other.
import { hashFile } from "./pdq.js";

let last = Promise.resolve();

self.onmessage = ({ data: { id, blob, options } }) => {
  last = last.then(async () => {
    try {
      self.postMessage({ id, result: await hashFile(blob, options) });
    } catch (error) {
      self.postMessage({ id, error: error.message });
    }
  });
};
