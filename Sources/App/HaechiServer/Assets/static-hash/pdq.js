// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// The PDQ hash and the SHA-256 of a picture, computed in the browser: nothing leaves the device.
//
// The same steps as the server's, in the same order of sums, rounded to 32-bit floats where the server's are: equal pixels give
// equal hashes. Decoders of lossy formats differ by a step or two, which moves few bits.

const largestSide = 512;
const smallestSide = 5;
const blockSide = 64;
const side = 16;
const { fround, floor } = Math;

export const methods = ["nearest-512", "full-size"];

/**
 * Hashes pixels: one byte each (luminance), three (RGB) or four (RGBA), row by row without gaps.
 *
 * @param {Uint8Array | Uint8ClampedArray} pixels
 * @param {number} width
 * @param {number} height
 * @param {{method?: "nearest-512" | "full-size", background?: number}} options background: the grey under what is
 *     transparent, 0 to 255.
 * @returns {{hash: string, quality: number, dihedrals: Object<string, string>}} hashes are 64 hexadecimal digits, bit 255
 *     first.
 */
export function hashPixels(pixels, width, height, options = {}) {
  const hasher = new PictureHasher(width, height, options);
  const channels = pixels.length / (width * height);
  for (let row = 0; row < hasher.rows; row += 1) {
    hasher.add(pixels, hasher.wantedRow * width * channels, channels);
  }
  return hasher.finish();
}

/**
 * Decodes a picture as the browser shows it (upright by its EXIF orientation, first frame, no colour conversion) and hashes it.
 *
 * @param {Blob} blob
 * @param {{method?: string, background?: number, sha256?: boolean}} options sha256: whether to hash the file's bytes too.
 * @returns {Promise<{hash: string, quality: number, dihedrals: Object<string, string>, width: number, height: number,
 *     sha256?: string}>} rejected when the browser can't decode the file.
 */
export async function hashFile(blob, options = {}) {
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image", colorSpaceConversion: "none" });
  try {
    const { width, height } = bitmap;
    const result = { ...hashBitmap(bitmap, options), width, height };
    if (options.sha256 ?? true) result.sha256 = await sha256(blob);
    return result;
  } finally {
    bitmap.close();
  }
}

/** The SHA-256 of a file's bytes as 64 hexadecimal digits; browsers offer it to secure pages only. */
export async function sha256(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Hashes files in a worker, so that the page does not freeze; `close` ends it. */
export class BackgroundHasher {
  #worker = new Worker(new URL("pdq-worker.js", import.meta.url), { type: "module" });
  #waiting = new Map();
  #next = 0;

  constructor() {
    this.#worker.onmessage = ({ data: { id, result, error } }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) resolve(result); else reject(new Error(error));
    };
    this.#worker.onerror = (event) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(event.message || "the worker can't run"));
      this.#waiting.clear();
    };
  }

  /** As the function `hashFile`. */
  hashFile(blob, options = {}) {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, blob, options });
    });
  }

  close() {
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(new Error("closed"));
    this.#waiting.clear();
  }
}

// Strips of a few million pixels, because the whole of a large picture would take four bytes a pixel a second time.
const stripPixels = 1 << 22;

function hashBitmap(bitmap, options) {
  const { width, height } = bitmap;
  const hasher = new PictureHasher(width, height, options);
  const stripRows = Math.max(1, Math.min(height, floor(stripPixels / width)));
  const canvas = makeCanvas(width, stripRows);
  const context = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
  const background = options.background ?? 255;
  for (let top = 0; hasher.wantedRow < height; top += stripRows) {
    context.fillStyle = `rgb(${background}, ${background}, ${background})`;
    context.fillRect(0, 0, width, stripRows);
    context.drawImage(bitmap, 0, -top);
    const { data } = context.getImageData(0, 0, width, stripRows);
    while (hasher.wantedRow < Math.min(height, top + stripRows)) {
      hasher.add(data, (hasher.wantedRow - top) * width * 4, 4);
    }
  }
  return hasher.finish();
}

function makeCanvas(width, height) {
  if (typeof OffscreenCanvas !== "undefined") return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement("canvas"), { width, height });
}

// Luminance: the reference rounds to float after each operation, the Python package computes in double and rounds once.

const [redShare, greenShare, blueShare] = [fround(0.299), fround(0.587), fround(0.114)];

function referenceLuma(red, green, blue) {
  return fround(fround(fround(redShare * red) + fround(greenShare * green)) + fround(blueShare * blue));
}

function fullSizeLuma(red, green, blue) {
  return fround(0.299 * red + 0.587 * green + 0.114 * blue);
}

/** Takes the rows of a picture that its method wants, from the top. */
class PictureHasher {
  constructor(width, height, { method = "nearest-512", background = 255 } = {}) {
    if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
      throw new RangeError("a picture has at least one pixel");
    }
    if (!methods.includes(method)) throw new RangeError(`the method is one of ${methods.join(", ")}`);
    const nearest = method === "nearest-512";
    const reduce = nearest && Math.max(width, height) > largestSide;
    this.width = width;
    this.height = height;
    this.background = background;
    this.columns = reduce ? largestSide : width;
    this.rows = reduce ? largestSide : height;
    this.rowsRead = 0;
    this.luma = nearest ? referenceLuma : fullSizeLuma;
    this.isTooSmall = Math.min(this.rows, this.columns) < smallestSide;
    // By the reference, a picture without colours has its luminances as they are; one pixel of colour changes all. So rows are
    // kept until the last one is there; `full-size` gives them unchanged anyway and needs none of it.
    this.kept = nearest && !this.isTooSmall ? new Float32Array(this.rows * this.columns) : null;
    this.isGray = true;
    this.row = new Float32Array(this.columns);
    this.filter = this.isTooSmall ? null : new Filter(this.rows, this.columns);
    // The Python package does not filter a picture of 64 x 64, unless for the dihedrals.
    this.unfiltered = !nearest && width === blockSide && height === blockSide ? new Float32Array(blockSide * blockSide) : null;
  }

  /** The row of the picture to add next; beyond the last one when all are there. */
  get wantedRow() {
    return this.rowsRead < this.rows ? floor((this.rowsRead * this.height) / this.rows) : this.height;
  }

  add(pixels, start, channels) {
    if (![1, 3, 4].includes(channels) || start + this.width * channels > pixels.length) {
      throw new RangeError("the pixels are not width x height times 1, 3 or 4 bytes");
    }
    const index = this.rowsRead;
    this.rowsRead += 1;
    if (this.isTooSmall) return;
    const row = this.kept ? this.kept.subarray(index * this.columns, (index + 1) * this.columns) : this.row;
    this.#readLuma(pixels, start, channels, row);
    if (this.unfiltered) this.unfiltered.set(row, index * blockSide);
    if (!this.kept) this.filter.add(row);
  }

  #readLuma(pixels, start, channels, row) {
    const { columns, width, background, luma } = this;
    for (let column = 0; column < columns; column += 1) {
      const pixel = start + channels * (columns === width ? column : floor((column * width) / columns));
      if (channels === 1) {
        row[column] = pixels[pixel];
        continue;
      }
      let red = pixels[pixel];
      let green = pixels[pixel + 1];
      let blue = pixels[pixel + 2];
      const alpha = channels === 4 ? pixels[pixel + 3] : 255;
      if (alpha !== 255) {
        const under = background * (255 - alpha);
        red = floor((red * alpha + under) / 255);
        green = floor((green * alpha + under) / 255);
        blue = floor((blue * alpha + under) / 255);
      }
      if (red !== green || green !== blue) this.isGray = false;
      row[column] = luma(red, green, blue);
    }
  }

  finish() {
    if (this.isTooSmall) return { hash: "0".repeat(64), quality: 0, dihedrals: dihedralsOf(() => "0".repeat(64)) };
    if (this.kept) {
      if (this.isGray) this.kept.forEach((value, index) => { this.kept[index] = Math.round(value); });
      for (let row = 0; row < this.rows; row += 1) {
        this.filter.add(this.kept.subarray(row * this.columns, (row + 1) * this.columns));
      }
    }
    const result = hashBlock(this.filter.finish());
    return this.unfiltered ? { ...hashBlock(this.unfiltered), dihedrals: result.dihedrals } : result;
  }
}

/** One direction of the box filter: step `t` adds element `t`, subtracts `t - window`, and gives element `t - lead`. */
class Axis {
  constructor(length) {
    this.length = length;
    this.window = floor((length + 127) / 128);
    this.lead = floor((this.window + 2) / 2) - 1;
    this.sampled = Int32Array.from({ length: blockSide }, (_, index) => floor(((index + 0.5) * length) / blockSide));
  }

  /** How many elements are in the sum at a step. */
  divisor(step) {
    return Math.min(step + 1, this.length) - Math.max(0, step - this.window + 1);
  }
}

/** Two repetitions of a box filter across, then down, then 64 x 64 of the values; rows come and go, none is kept for long. */
class Filter {
  constructor(rows, columns) {
    this.across = new Axis(columns);
    this.down = new Axis(rows);
    this.once = new Float32Array(columns);
    this.twice = new Float32Array(columns);
    this.first = new ColumnMeans(this.down, columns);
    this.second = new ColumnMeans(this.down, blockSide);
    this.samples = new Float32Array(blockSide);
    this.means = new Float32Array(columns);
    this.blockRow = new Float32Array(blockSide);
    this.block = new Float32Array(blockSide * blockSide);
    this.sampledRow = 0;
  }

  add(row) {
    meansAcross(this.across, row, this.once);
    if (this.first.add(this.once, this.means)) this.#again();
  }

  finish() {
    while (this.first.end(this.means)) this.#again();
    while (this.second.end(this.blockRow)) this.#sample();
    return this.block;
  }

  #again() {
    meansAcross(this.across, this.means, this.twice);
    for (let index = 0; index < blockSide; index += 1) this.samples[index] = this.twice[this.across.sampled[index]];
    if (this.second.add(this.samples, this.blockRow)) this.#sample();
  }

  #sample() {
    const row = this.second.given - 1;
    for (; this.sampledRow < blockSide && this.down.sampled[this.sampledRow] === row; this.sampledRow += 1) {
      this.block.set(this.blockRow, this.sampledRow * blockSide);
    }
  }
}

function meansAcross(axis, input, output) {
  const { window, lead, length } = axis;
  let sum = fround(0);
  for (let step = 0; step < window; step += 1) {
    sum = fround(sum + input[step]);
    if (step >= lead) output[step - lead] = sum / (step + 1);
  }
  for (let step = window; step < length; step += 1) {
    sum = fround(sum + input[step]);
    sum = fround(sum - input[step - window]);
    output[step - lead] = sum / window;
  }
  for (let step = length; step < length + lead; step += 1) {
    sum = fround(sum - input[step - window]);
    output[step - lead] = sum / axis.divisor(step);
  }
}

/** The box filter down all columns, with the last rows in a ring. */
class ColumnMeans {
  constructor(axis, columns) {
    this.axis = axis;
    this.columns = columns;
    this.sums = new Float32Array(columns);
    this.ring = new Float32Array(columns * axis.window);
    this.step = 0;
    this.given = 0;
  }

  /** Adds a row; true when `means` has been filled with the next row. */
  add(row, means) {
    const { sums, columns } = this;
    for (let column = 0; column < columns; column += 1) sums[column] += row[column];
    const place = (this.step % this.axis.window) * columns;
    if (this.step >= this.axis.window) {
      for (let column = 0; column < columns; column += 1) sums[column] -= this.ring[place + column];
    }
    this.ring.set(row, place);
    return this.#give(means);
  }

  /** After the last row: true when `means` has been filled with one more. */
  end(means) {
    if (this.given === this.axis.length) return false;
    const { sums, columns } = this;
    const place = (this.step % this.axis.window) * columns;
    for (let column = 0; column < columns; column += 1) sums[column] -= this.ring[place + column];
    return this.#give(means);
  }

  #give(means) {
    const divisor = this.axis.divisor(this.step);
    this.step += 1;
    if (this.step <= this.axis.lead) return false;
    for (let column = 0; column < this.columns; column += 1) means[column] = this.sums[column] / divisor;
    this.given += 1;
    return true;
  }
}

// From the block to the bits.

const matrix = Float32Array.from({ length: side * blockSide }, (_, index) => {
  const [row, column] = [floor(index / blockSide), index % blockSide];
  return fround(Math.sqrt(2 / 64)) * Math.cos((Math.PI / 2 / 64) * (row + 1) * (2 * column + 1));
});

function hashBlock(block) {
  const coefficients = transform(block);
  const at = (sign, transposed) => {
    const values = new Float32Array(side * side);
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        const value = coefficients[row * side + column];
        values[transposed ? column * side + row : row * side + column] = sign(row, column) ? -value : value;
      }
    }
    return bits(values);
  };
  return { hash: bits(coefficients), quality: quality(block), dihedrals: dihedralsOf(at) };
}

/** Turning or mirroring a picture transposes its transform and changes signs. */
function dihedralsOf(at) {
  return {
    rot90: at((row, column) => column % 2 === 0, true),
    rot180: at((row, column) => (row + column) % 2 === 1, false),
    rot270: at((row) => row % 2 === 0, true),
    flipx: at((row) => row % 2 === 0, false),
    flipy: at((row, column) => column % 2 === 0, false),
    flipp: at(() => false, true),
    flipm: at((row, column) => (row + column) % 2 === 1, true),
  };
}

/** The sum of differences between neighbours, scaled to 0...100. */
function quality(block) {
  const step = (one, other) => Math.abs(Math.trunc(fround(fround(fround(one - other) * 100) / 255)));
  let sum = 0;
  for (let row = 0; row < blockSide; row += 1) {
    for (let column = 0; column < blockSide; column += 1) {
      const here = row * blockSide + column;
      if (row + 1 < blockSide) sum += step(block[here], block[here + blockSide]);
      if (column + 1 < blockSide) sum += step(block[here], block[here + 1]);
    }
  }
  return Math.min(100, floor(sum / 90));
}

/** `D A Dt` with sums in float, each in the order of its summation index. */
function transform(block) {
  const half = new Float32Array(side * blockSide);
  for (let row = 0; row < side; row += 1) {
    for (let inner = 0; inner < blockSide; inner += 1) {
      const factor = matrix[row * blockSide + inner];
      for (let column = 0; column < blockSide; column += 1) {
        half[row * blockSide + column] += fround(factor * block[inner * blockSide + column]);
      }
    }
  }
  const result = new Float32Array(side * side);
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      let sum = 0;
      for (let inner = 0; inner < blockSide; inner += 1) {
        sum = fround(sum + fround(half[row * blockSide + inner] * matrix[column * blockSide + inner]));
      }
      result[row * side + column] = sum;
    }
  }
  return result;
}

function bits(values) {
  const middle = median(values);
  const digits = [];
  for (let bit = values.length - 4; bit >= 0; bit -= 4) {
    let digit = 0;
    for (let place = 3; place >= 0; place -= 1) digit = digit * 2 + (values[bit + place] > middle ? 1 : 0);
    digits.push(digit.toString(16));
  }
  return digits.join("");
}

/** The lower median by bisection between the extremes (Torben Mogensen's method), whose result is part of the hash. */
function median(values) {
  const half = values.length / 2;
  let [lowest, highest] = [values[0], values[0]];
  for (const value of values) {
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  for (;;) {
    const guess = fround(fround(lowest + highest) / 2);
    let [less, greater, below, above] = [0, 0, lowest, highest];
    for (const value of values) {
      if (value < guess) {
        less += 1;
        if (value > below) below = value;
      } else if (value > guess) {
        greater += 1;
        if (value < above) above = value;
      }
    }
    if (less <= half && greater <= half) {
      if (less >= half) return below;
      return values.length - greater >= half ? guess : above;
    }
    if (less > greater) highest = below; else lowest = above;
  }
}
