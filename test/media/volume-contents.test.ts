import { expect, it } from 'vitest';
import { ENTRY_KIND, type EntryContent } from '../../src/media/index-entry.ts';
import { VolumeContents } from '../../src/media/volume-contents.ts';

const extent = (partition: number, payload: number, detail: number, amount: number): EntryContent =>
  ({ kind: ENTRY_KIND.extent, partition, objects: 0, filemarks: 0, payload, amount, detail });

it('finds extents that share storage, and those that are not in data, in any partition', () => {
  const contents = new VolumeContents();
  contents.apply(extent(0, 0, 4096, 200));
  contents.apply(extent(1, 0, 4200, 50));
  expect([...contents.misplaced(4240)]).toEqual([
    'bytes 4096 to 4295 of data are not there: it has 4240',
    'bytes 4200 to 4249 of data are not there: it has 4240',
    'two extents share byte 4200 of data',
  ]);
  expect([...new VolumeContents().misplaced(0)]).toEqual([]);
});

it('gives the extents of all partitions by their offset', () => {
  const contents = new VolumeContents();
  for (const one of [
    extent(0, 0, 0, 10), extent(2, 0, 10, 5), extent(0, 10, 15, 5), extent(1, 0, 20, 1),
    extent(2, 5, 30, 1),
  ]) expect(contents.apply(one)).toBeUndefined();
  expect([...contents.byOffset()].map(({ offset }) => offset)).toEqual([0, 10, 15, 20, 30]);
});

it('knows four partitions, and tells of objects in those that should not be', () => {
  const contents = new VolumeContents();
  expect(contents.apply(extent(4, 0, 0, 1))).toBe('partition 4 does not exist');
  contents.apply({
    kind: ENTRY_KIND.filemarks, partition: 3, objects: 0, filemarks: 0, payload: 0, amount: 2,
    detail: 0 });
  expect(contents.beyond(3)).toEqual(['partition 3 holds 2 objects, but does not exist']);
  expect(contents.beyond(4)).toEqual([]);
});
