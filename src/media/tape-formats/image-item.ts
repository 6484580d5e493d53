/** What a tape image holds, whatever its format. */

/** What has no place on a cartridge; the names are what a report says. */
export type Oddity =
  | 'erase gap' | 'private record' | 'private marker' | 'reserved record' | 'reserved marker'
  | 'description record' | 'bad record without data' | 'bad record, its data taken as good'
  | 'end-of-medium marker' | 'bytes behind the end of medium' | 'pad byte that is not zero'
  | 'record of another chunk length' | 'compressed record' | 'cut off at the end of the file';

/** `at` is the byte of the image at which the item begins. */
export type ImageItem =
  | { readonly kind: 'record'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'filemark'; readonly at: number }
  | { readonly kind: 'oddity'; readonly at: number; readonly what: Oddity };

/** An image that is not what its format says. */
export class ImageError extends Error {
  /** The byte of the image at which it goes wrong. */
  readonly at: number;

  constructor(at: number, message: string, options?: ErrorOptions) {
    super(`${message} (at byte ${at})`, options);
    this.name = 'ImageError';
    this.at = at;
  }
}

export interface ReadingOptions {
  /** Takes damaged records as they are, and a file that is cut off up to there. */
  readonly lenient: boolean;
}
