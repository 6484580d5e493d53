/** The bytes of a scenario's parameter list. */
import type { LogicalUnit } from '../../../src/sam/logical-unit.ts';
import {
  bytesToBytes, bytesToTape, cscdOf, discard, diskToDisk, embedded, filemarks, imageOfDisk,
  imageOfTape, inline, lid4ListOf, listOf, locateTo, longCscdOf, spaceOver, tapeToBytes, tapeToTape,
  toDisk, toTape, verify,
} from '../../support/copy-lists.ts';
import { unitOf } from '../../support/copy-devices.ts';
import type { ModelCscd } from '../model/ends.ts';
import { HOLDS, type ModelSegment } from '../model/segments.ts';
import type { Scenario } from './scenario.ts';

/** A name that no unit has. */
const NOBODY = unitOf('nobody', 0xee, undefined);

export function listFor(
  { list, segments }: Scenario, units: readonly LogicalUnit[], listIdentifier = 1): Uint8Array {
  const make = list.format === 'LID1' ? listOf : lid4ListOf;
  return make(list.cscds.map((cscd) => encodedCscd(cscd, units)), segments.map(encoded),
    { listIdentifier, inlineData: list.inline });
}

function encodedCscd(cscd: ModelCscd, units: readonly LogicalUnit[]): Uint8Array {
  const { device, pad, blockBytes, nul, extension } = cscd;
  const deviceType = cscd.isStream !== cscd.isMistyped ? 1 : 0;
  const unit = device === undefined ? NOBODY : units[device]!;
  const options = { pad, blockBytes, nul, deviceType };
  return extension === undefined ? cscdOf(unit, options)
    : longCscdOf(unit, { ...options, extension });
}

function encoded(segment: ModelSegment): Uint8Array {
  const { type, lba, toLba, offset, toOffset, count, length, toLength } = segment;
  const options = { ...segment, holds: HOLDS.includes(type) };
  switch (type) {
    case 0x00: case 0x0b: return toTape(lba, count, length, options);
    case 0x01: case 0x0c: return toDisk(lba, count, length, options);
    case 0x02: case 0x0d: return diskToDisk(lba, toLba, count, options);
    case 0x03: case 0x0e: return tapeToTape(count, length, toLength, options);
    case 0x04: return inline(offset, count, length, options);
    case 0x05: return embedded(segment.data, length, options);
    case 0x06: case 0x0f: return discard(count, length, options);
    case 0x07: return verify(options);
    case 0x08: return bytesToTape(lba, offset, count, length, options);
    case 0x09: return tapeToBytes(lba, toOffset, count, length, options);
    case 0x0a:
      return bytesToBytes({ lba, offset }, { lba: toLba, offset: toOffset }, count, options);
    case 0x10: return filemarks(count, options);
    case 0x11: return spaceOver(segment.code, count, options);
    case 0x12: return locateTo(count, options);
    case 0x13: return imageOfTape(count, options);
    case 0x16: return imageOfDisk(lba, toLba, count, options);
  }
}
