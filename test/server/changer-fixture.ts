import { parseHex } from '../../src/bytes/hex.ts';
import { elementsOf, type MagazineLayout } from '../../src/media/magazine-elements.ts';
import { Magazine } from '../../src/media/magazine.ts';
import type { Files } from '../../src/ports/files.ts';
import { changerCommands, toleratingLun } from '../../src/server/changer-commands.ts';
import { ChangerUnit } from '../../src/server/changer.ts';
import { primaryCommands } from '../../src/server/primary-commands.ts';
import { streamCommands } from '../../src/server/stream-commands.ts';
import { TapeUnit } from '../../src/server/tape.ts';
import { memoryFiles } from '../support/memory-files.ts';
import { ALICE, BOB, meet, random, unitsOf } from './device-fixture.ts';

export const LAYOUT: MagazineLayout = { slots: 4, mailSlots: 1, drives: 2 };

export interface Library {
  readonly files: Files;
  readonly changer: ChangerUnit;
  readonly drives: readonly TapeUnit[];
}

/** A changer with its drives, known to Alice and Bob; blank cartridges stand in the first slots. */
export async function makeLibrary(
  barcodes: readonly string[] = ['A00001L8', 'A00002L8'], layout: MagazineLayout = LAYOUT,
  files: Files = memoryFiles()): Promise<Library> {
  const magazine = await Magazine.open(files, random, '/lib', {
    layout, blanks: barcodes.map((barcode) => ({ barcode, capacityBytes: 4 << 20 })) });
  const drives = elementsOf(layout, 'drive').map((name, i) => new TapeUnit({
    name, identity: { naa: parseHex(`300000000000000${i}`), serialNumber: `00000000000000${i}` },
    commands: (tape) => [...primaryCommands(tape, unitsOf(tape)), ...streamCommands(tape)],
  }));
  const changer = new ChangerUnit({
    name: 'lib', magazine, drives,
    commands: (unit) => toleratingLun(
      [...primaryCommands(unit, unitsOf(unit, ...drives)), ...changerCommands(unit)]),
  });
  for (const unit of [changer, ...drives]) {
    for (const nexus of [ALICE, BOB]) await meet(unit, nexus);
  }
  return { files, changer, drives };
}
