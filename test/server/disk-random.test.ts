import fc from 'fast-check';
import { expect, it } from 'vitest';
import { writeU32, writeU64 } from '../../src/bytes/big-endian.ts';
import type { DiskUnit } from '../../src/server/disk.ts';
import { makeDisk, meet, sameBytes, send, told } from './device-fixture.ts';

const BLOCKS = 96;
const BLOCK_BYTES = 512;

interface Step {
  readonly do: 'read' | 'write' | 'unmap' | 'write same' | 'verify' | 'compare and write';
  readonly lba: number;
  readonly count: number;
  readonly value: number;
}

const steps = fc.array(fc.record<Step>({
  do: fc.constantFrom('read', 'write', 'unmap', 'write same', 'verify', 'compare and write'),
  lba: fc.integer({ min: 0, max: BLOCKS }),
  count: fc.integer({ min: 0, max: 24 }),
  value: fc.integer({ min: 0, max: 2 }),
}), { minLength: 1, maxLength: 40 });

function cdb16(opcode: number, flags: number, lba: number, count: number): Uint8Array {
  const cdb = new Uint8Array(16);
  cdb[0] = opcode;
  cdb[1] = flags;
  writeU64(cdb, 2, BigInt(lba));
  if (opcode === 0x89) cdb[13] = count;
  else writeU32(cdb, 10, count);
  return cdb;
}

function unmapList(lba: number, count: number): Uint8Array {
  const list = new Uint8Array(24);
  list.set([0, 22, 0, 16]);
  writeU64(list, 8, BigInt(lba));
  writeU32(list, 16, count);
  return list;
}

/** Runs a step on the disk and on plain bytes; returns what each of them answers. */
async function runStep(disk: DiskUnit, bytes: Uint8Array, step: Step): Promise<[string, string]> {
  const { lba, value } = step;
  const count = step.do === 'write same' && step.count === 0 ? 1 : step.count;
  const from = lba * BLOCK_BYTES;
  const to = (lba + count) * BLOCK_BYTES;
  const out = new Uint8Array(count * BLOCK_BYTES).fill(value);
  const isInside = lba + count <= BLOCKS;
  const before = bytes.slice(from, to);
  const equals = sameBytes(before, out);
  switch (step.do) {
    case 'read': {
      const answer = await send(disk, cdb16(0x88, 0, lba, count));
      if (isInside) expect(sameBytes(answer.data, before)).toBe(true);
      return [told(answer), isInside ? 'good' : '05/21/00'];
    }
    case 'write': {
      if (isInside) bytes.set(out, from);
      return [told(await send(disk, cdb16(0x8a, 0, lba, count), { out })),
        isInside ? 'good' : '05/21/00'];
    }
    case 'unmap': {
      if (isInside) bytes.fill(0, from, to);
      const answer = await send(
        disk, '42 00 00 00 00 00 00 00 18 00', { out: unmapList(lba, count) });
      return [told(answer), isInside ? 'good' : '05/21/00'];
    }
    case 'write same': {
      if (isInside) bytes.fill(value, from, to);
      const block = new Uint8Array(BLOCK_BYTES).fill(value);
      const answer = await send(disk, cdb16(0x93, 0x08, lba, count), { out: block });
      return [told(answer), isInside ? 'good' : '05/21/00'];
    }
    case 'verify': {
      const answer = await send(disk, cdb16(0x8f, 0x02, lba, count), { out });
      return [told(answer), !isInside ? '05/21/00' : equals ? 'good' : '0E/1D/00'];
    }
    case 'compare and write': {
      const both = new Uint8Array(2 * out.length).fill(value);
      both.fill(value + 1, out.length);
      if (isInside && equals) bytes.fill(value + 1, from, to);
      const answer = await send(disk, cdb16(0x89, 0, lba, count), { out: both });
      return [told(answer), !isInside ? '05/21/00' : equals ? 'good' : '0E/1D/00'];
    }
  }
}

it('does what an array of bytes does, whatever the order', async () => {
  await fc.assert(fc.asyncProperty(steps, fc.boolean(), async (script, writeThrough) => {
    const disk = await makeDisk({ blockCount: BLOCKS, blockBytes: BLOCK_BYTES, writeThrough });
    await meet(disk);
    const bytes = new Uint8Array(BLOCKS * BLOCK_BYTES);
    for (const step of script) {
      const [answered, expected] = await runStep(disk, bytes, step);
      expect([step, answered]).toEqual([step, expected]);
    }
    expect(sameBytes((await send(disk, cdb16(0x88, 0, 0, BLOCKS))).data, bytes)).toBe(true);
  }), { numRuns: 100 });
});
