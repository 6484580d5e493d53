/**
 * Reads a tape image that comes in chunks.
 *
 * ```text
 *  chunks ──push──► ImageReader ──bytes──► parser (a generator) ──items──► caller
 *                        ▲                     │
 *                        └──── asks for so many bytes, or to skip them
 * ```
 *
 * A parser is written as if the whole image were there: it asks for bytes and yields items.
 */
import { concat } from '../../bytes/concat.ts';
import type { ImageItem } from './image-item.ts';

/** `take` hands the bytes over, `skip` drops them. */
export interface Wanted {
  readonly kind: 'take' | 'skip';
  readonly byteLength: number;
}

/** Gets the bytes that it asked for, or fewer at the end of the image; for `skip` a count. */
export type ImageParser = Generator<Wanted | ImageItem, void, Uint8Array | number>;

/** The next bytes of the image; fewer only at its end. */
export function* take(
  byteLength: number): Generator<Wanted, Uint8Array, Uint8Array | number> {
  return (yield { kind: 'take', byteLength }) as Uint8Array; // what the reader gives for it
}

/** Drops bytes; returns how many there were. */
export function* skip(byteLength: number): Generator<Wanted, number, Uint8Array | number> {
  return (yield { kind: 'skip', byteLength }) as number; // what the reader gives for it
}

const isWanted = (step: Wanted | ImageItem): step is Wanted =>
  step.kind === 'take' || step.kind === 'skip';

/** Feeds a parser. It holds no more than one chunk beside what the parser asks for. */
export class ImageReader {
  readonly #parser: ImageParser;
  #chunks: Uint8Array[] = [];
  #bufferedBytes = 0;
  #skippedBytes = 0;
  #wanted: Wanted | undefined;
  #isDone = false;

  constructor(parser: ImageParser) {
    this.#parser = parser;
  }

  /** The image has been understood to its end, or ends here by what it says. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The items that end in this chunk. Throws: ImageError. */
  *push(chunk: Uint8Array): Generator<ImageItem> {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bufferedBytes += chunk.length;
    yield* this.#advance(false);
  }

  /** The items that the end of the image brings. Throws: ImageError. */
  end(): Generator<ImageItem> {
    return this.#advance(true);
  }

  *#advance(isEnd: boolean): Generator<ImageItem> {
    while (!this.#isDone) {
      let answer: Uint8Array | number | undefined;
      if (this.#wanted !== undefined) {
        answer = this.#answer(this.#wanted, isEnd);
        if (answer === undefined) return;
        this.#wanted = undefined;
      }
      // A parser looks at no answer before it has asked.
      const step = this.#parser.next(answer ?? 0);
      if (step.done) this.#isDone = true;
      else if (isWanted(step.value)) this.#wanted = step.value;
      else yield step.value;
    }
  }

  /** Undefined if more of the image has to come first. */
  #answer({ kind, byteLength }: Wanted, isEnd: boolean): Uint8Array | number | undefined {
    if (kind === 'take') {
      if (this.#bufferedBytes < byteLength && !isEnd) return undefined;
      return this.#cut(Math.min(byteLength, this.#bufferedBytes));
    }
    this.#skippedBytes += this.#drop(byteLength - this.#skippedBytes);
    if (this.#skippedBytes < byteLength && !isEnd) return undefined;
    const skipped = this.#skippedBytes;
    this.#skippedBytes = 0;
    return skipped;
  }

  #drop(byteLengthMax: number): number {
    const byteLength = Math.min(byteLengthMax, this.#bufferedBytes);
    this.#parts(byteLength);
    return byteLength;
  }

  #cut(byteLength: number): Uint8Array {
    const parts = this.#parts(byteLength);
    return parts.length === 1 ? parts[0]! : concat(parts);
  }

  #parts(byteLength: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    let count = 0;
    for (let left = byteLength; left > 0;) {
      const chunk = this.#chunks[count]!; // there are at least so many bytes
      parts.push(chunk.subarray(0, left));
      if (chunk.length > left) this.#chunks[count] = chunk.subarray(left);
      else count += 1;
      left -= parts.at(-1)!.length;
    }
    this.#chunks.splice(0, count);
    this.#bufferedBytes -= byteLength;
    return parts;
  }
}
