import type { Compression } from '../../ports/compression.ts';
import { awsWriter, parseAws } from './aws.ts';
import type { ReadingOptions } from './image-item.ts';
import type { ImageParser } from './image-reader.ts';
import type { ImageWriter } from './image-writer.ts';
import { parseSimh, simhWriter } from './simh.ts';

export const IMAGE_FORMATS = ['simh', 'e11', 'aws', 'het'] as const;
export type ImageFormat = (typeof IMAGE_FORMATS)[number];

/** The longest chunk that a header can tell of; what Hercules writes. */
const CHUNK_BYTES = 0xffff;

const EXTENSIONS: readonly (readonly [string, ImageFormat])[] =
  [['.tap', 'simh'], ['.simh', 'simh'], ['.e11', 'e11'], ['.aws', 'aws'], ['.het', 'het']];

/** The format that the name of a file tells; undefined if it tells none. */
export const formatOfName = (name: string): ImageFormat | undefined =>
  EXTENSIONS.find(([extension]) => name.toLowerCase().endsWith(extension))?.[1];

export interface ImageOptions {
  /** AWSTAPE and HET: bytes of a chunk, 1 to 65535, which is the default. */
  readonly chunkBytes?: number;
}

export interface ImageWriterOptions extends ImageOptions {
  /** SIMH and E11: ends the image with the end-of-medium marker. */
  readonly endMarker?: boolean;
  /** HET: leaves records as they are. */
  readonly uncompressed?: boolean;
}

/** A parser of this format. */
export function imageParser(
  format: ImageFormat, compression: Compression, options: ReadingOptions & ImageOptions,
): ImageParser {
  const { lenient, chunkBytes = CHUNK_BYTES } = options;
  switch (format) {
    case 'simh': return parseSimh({ padded: true, lenient });
    case 'e11': return parseSimh({ padded: false, lenient });
    case 'aws': return parseAws({ chunkBytes, lenient, compression: undefined });
    case 'het': return parseAws({ chunkBytes, lenient, compression });
  }
}

/** A writer of this format. Throws: RangeError if an option makes no sense. */
export function imageWriter(
  format: ImageFormat, compression: Compression, options: ImageWriterOptions = {}): ImageWriter {
  const { chunkBytes = CHUNK_BYTES, endMarker = false, uncompressed = false } = options;
  switch (format) {
    case 'simh': return simhWriter({ padded: true, endMarker });
    case 'e11': return simhWriter({ padded: false, endMarker });
    case 'aws': return awsWriter({ chunkBytes, isHet: false, compression: undefined });
    case 'het': return awsWriter(
      { chunkBytes, isHet: true, compression: uncompressed ? undefined : compression });
  }
}
