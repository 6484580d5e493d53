import { describe, expect, it } from 'vitest';
import { concat } from '../../src/bytes/concat.ts';
import { GatheredWrites } from '../../src/iscsi/gathered-writes.ts';
import { PduWriter } from '../../src/iscsi/pdu-writer.ts';
import { type DataRoom, SendMemory } from '../../src/iscsi/send-memory.ts';
import { portableCrc32c } from '../../src/iscsi/digest.ts';
import { bytes } from '../support/vectors.ts';

const HEADER_BYTES = 48;

/** A room as a PDU of the writer needs it, filled. */
function roomFor(
  memory: SendMemory, writer: PduWriter, byteLength: number, fill: number): DataRoom {
  const room = memory.takeForData(
    writer.headBytes(HEADER_BYTES), byteLength, writer.tailBytes(byteLength))!;
  room.data.fill(fill);
  return room;
}

describe('memory that answers are sent from', () => {
  it.each([
    [false, false, 512], [true, false, 512], [false, true, 512], [true, true, 512],
    [true, true, 509], [false, false, 510], [false, true, 511],
  ])('holds the PDU that is otherwise made of parts (digests %s, %s; %s bytes)',
    (header, data, byteLength) => {
      const writer = new PduWriter(portableCrc32c);
      writer.digests = { header, data };
      const room = roomFor(new SendMemory(), writer, byteLength, 0xa5);
      const head = () => new Uint8Array(HEADER_BYTES).fill(0x25);
      const parts = writer.write(head(), [new Uint8Array(byteLength).fill(0xa5)]);
      expect(Buffer.from(writer.writeAround(room, head()))).toEqual(Buffer.from(concat(parts)));
    });

  it('puts rooms side by side, and PDUs in them leave as one part', async () => {
    const memory = new SendMemory();
    const writer = new PduWriter(portableCrc32c);
    const written: (readonly Uint8Array[])[] = [];
    const writes = new GatheredWrites((parts) => written.push(parts));
    const rooms = [1, 2, 3].map((fill) => roomFor(memory, writer, 8, fill));
    for (const room of rooms) {
      writes.add([writer.writeAround(room, new Uint8Array(HEADER_BYTES))]);
    }
    await Promise.resolve();
    expect(written.map((parts) => parts.map(({ length }) => length))).toEqual([[3 * 56]]);
    expect([...written[0]![0]!].filter((byte) => byte !== 0 && byte !== 8).join(''))
      .toBe('111111112222222233333333');
  });

  it('uses memory again once all that lay in it was sent, and not before', () => {
    const memory = new SendMemory();
    const first = memory.take(4144)!;
    const second = memory.take(4144)!;
    memory.release(first);
    expect(memory.take(4144)!.at).toBe(2 * 4144);
    const other = new SendMemory();
    const only = other.take(4144)!;
    other.release(only);
    expect(other.take(4144)!.at).toBe(0);
    expect(second.slab).toBe(first.slab);
  });

  it('goes on in another slab when one is full, and comes back to it', () => {
    const memory = new SendMemory();
    const rooms = Array.from({ length: 5 }, () => memory.take(256 * 1024 + 48)!);
    expect(new Set(rooms.map(({ slab }) => slab)).size).toBe(2);
    for (const room of rooms.slice(0, 4)) memory.release(room);
    const more = Array.from({ length: 4 }, () => memory.take(256 * 1024 + 48)!);
    expect(more[3]!.slab).toBe(rooms[0]!.slab);
  });

  it('has no room for what is longer than a slab', () => {
    expect(new SendMemory().take(2 * 1024 * 1024)).toBeUndefined();
  });
});

describe('gathered writes', () => {
  it('join neighbours in memory alone', async () => {
    const whole = bytes('01 02 03 04 05 06');
    const written: string[] = [];
    const writes = new GatheredWrites((parts) => {
      written.push(parts.map((part) => Buffer.from(part).toString('hex')).join(' '));
    });
    writes.add([whole.subarray(0, 2), whole.subarray(2, 3)]);
    writes.add([whole.subarray(4, 6), whole.subarray(3, 4)]);
    await Promise.resolve();
    expect(written).toEqual(['010203 0506 04']);
  });

  it('leave at once when they are many bytes, with what is to be told of', async () => {
    const written: [number, readonly string[]][] = [];
    const writes = new GatheredWrites<string>((parts, tokens) => {
      written.push([parts.reduce((sum, { length }) => sum + length, 0), tokens]);
    });
    const large = new Uint8Array(300 * 1024);
    writes.add([large], 'a');
    expect(written).toEqual([]);
    writes.add([large.slice()], 'b');
    expect(written).toEqual([[600 * 1024, ['a', 'b']]]);
    writes.add([bytes('07')], 'c');
    await Promise.resolve();
    expect(written.slice(1)).toEqual([[1, ['c']]]);
  });
});
