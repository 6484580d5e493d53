import type { ImageItem } from '../../../src/media/tape-formats/image-item.ts';
import { type ImageParser, ImageReader } from '../../../src/media/tape-formats/image-reader.ts';

/** The items of an image that comes in chunks of this length. */
export function itemsOf(
  parser: () => ImageParser, image: Uint8Array, chunkBytes = image.length || 1): ImageItem[] {
  const reader = new ImageReader(parser());
  const items: ImageItem[] = [];
  for (let at = 0; at < image.length; at += chunkBytes) {
    items.push(...reader.push(image.subarray(at, at + chunkBytes)));
  }
  items.push(...reader.end());
  return items;
}

/** One line for each item: where it begins, and its bytes or name. */
export const summary = (items: readonly ImageItem[]): string[] => items.map((item) => {
  const what = item.kind === 'record' ? Buffer.from(item.bytes).toString('hex')
    : item.kind === 'oddity' ? item.what : 'filemark';
  return `${item.at} ${what}`;
});
