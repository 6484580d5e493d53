import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexBytes } from '../../../src/bytes/hex.ts';
import { explainCapture, isCapture } from '../../../src/explain/capture/capture.ts';
import {
  captureFindings, captureJson, renderCapture,
} from '../../../src/explain/capture/render.ts';
import type { CaptureReport, CopyCommand } from '../../../src/explain/capture/report.ts';
import { encodeDocument } from '../../../src/explain/document.ts';
import type { Json } from '../../../src/codec/field.ts';
import { type Form, LINKS, type Packet, pcapngOf, pcapOf } from '../../support/captures.ts';
import {
  copyStatus, INITIATOR, LIST, login, packetsOf, ping, refusedCopy, SENSE, STATUS, TARGET,
} from '../../support/iscsi-talk.ts';

const talk = (hasDigests = false) =>
  [login, ping, refusedCopy, copyStatus].flatMap((part) => part(hasDigests));

const hexOf = (command: CopyCommand | undefined, what: string): string | undefined => {
  const part = command?.parts.find((one) => one.what === what);
  return part === undefined ? undefined : hexBytes(part.bytes);
};

/** Both commands with all that belongs to them, and nothing to complain of but the sense. */
function expectBoth(report: CaptureReport): void {
  const [copy, status] = report.copies;
  expect(report.copies.map(({ name }) => name)).toEqual([
    'EXTENDED COPY(LID1)', 'RECEIVE COPY STATUS(LID1)']);
  expect(copy?.status).toBe('CHECK CONDITION');
  expect(hexOf(copy, 'parameter data')).toBe(hexBytes(LIST));
  expect(hexOf(copy, 'sense data')).toBe(hexBytes(SENSE));
  expect(status?.status).toBe('GOOD');
  expect(status?.residual).toBe('underflow of 52 bytes');
  expect(hexOf(status, 'answer')).toBe(hexBytes(STATUS));
}

const rules = (report: CaptureReport): string[] => report.findings.map(({ rule }) => rule);

describe('a capture', () => {
  const forms = Object.entries(LINKS).flatMap(([name, link]) => [false, true]
    .map((isIpv6): [string, Form] => [`${name}, IPv${isIpv6 ? 6 : 4}`, { link, isIpv6 }]));

  it.each(forms)('is read from %s', (_name, form) => {
    for (const isLittle of [true, false]) {
      for (const isNano of [true, false]) {
        const report = explainCapture(pcapOf(packetsOf(talk()), { ...form, isLittle, isNano }));
        expectBoth(report);
        expect(report.findings).toEqual([]);
      }
      expectBoth(explainCapture(pcapngOf(packetsOf(talk()), { ...form, isLittle })));
    }
  });

  it('tells when, between whom and in which frames', () => {
    for (const file of [pcapOf(packetsOf(talk())), pcapOf(packetsOf(talk()), { isNano: true }),
      pcapngOf(packetsOf(talk()))]) {
      const report = explainCapture(file);
      expect(report.connections).toMatchObject([{
        number: 1, initiatorAddress: '10.0.0.1:40000', targetAddress: '10.0.0.2:3260',
        initiator: INITIATOR, target: TARGET, headerDigest: false, dataDigest: false,
        frames: [3, 15], others: new Map([['TEST UNIT READY', 1]]),
      }]);
      expect(report.copies[0]).toMatchObject({ lun: '0', frames: [7, 8, 9, 10, 11, 12] });
      const text = [...renderCapture(report)].join('\n');
      expect(text).toContain('2025-10-09T08:53:20.006000Z, frames 7, 8, 9, 10, 11, 12');
      expect(text).toContain('CHECK CONDITION after 5.000 ms');
      expect(text).toMatch(/naa\.6001405400000001/);
    }
  });

  it('shortens IPv6 addresses', () => {
    const report = explainCapture(pcapOf(packetsOf(talk()), { isIpv6: true }));
    expect(report.connections[0]?.initiatorAddress).toBe('[fe80::1]:40000');
  });

  it('knows iSCSI on any port, and passes over what is none', () => {
    const other: Packet[] = packetsOf([
      { fromInitiator: true, bytes: new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'.repeat(99)) },
      { fromInitiator: false, bytes: new Uint8Array(4096) },
    ]).map((packet) => ({ ...packet, ports: [50_000, 80] }));
    const ours = packetsOf(talk()).map((packet): Packet => ({ ...packet, ports: [1234, 860] }));
    const report = explainCapture(pcapOf([...other, ...ours]));
    expectBoth(report);
    expect(report.connections).toHaveLength(1);
  });

  it.each([true, false])('reads digests as negotiated, or as they fit (login %s)', (hasLogin) => {
    const said = hasLogin ? talk(true) : talk(true).slice(2);
    const report = explainCapture(pcapOf(packetsOf(said, 1460, hasLogin)));
    expectBoth(report);
    expect(report.connections[0]).toMatchObject({ headerDigest: true, dataDigest: true });
    expect(report.findings).toEqual([]);
  });

  it('tells a digest that is wrong', () => {
    const said = talk(true);
    said[4]!.bytes[20]! ^= 1;
    expect(rules(explainCapture(pcapOf(packetsOf(said))))).toContain('digest');
  });
});

describe('segments', () => {
  it.each([1, 7, 48, 100])('of %i bytes are put together', (segmentBytes) => {
    expectBoth(explainCapture(pcapOf(packetsOf(talk(), segmentBytes))));
  });

  /** What one end sends before the other answers. */
  const turnsOf = (packets: readonly Packet[]): Packet[][] => {
    const turns: Packet[][] = [];
    for (const packet of packets) {
      if (turns.at(-1)?.[0]?.fromInitiator === packet.fromInitiator) turns.at(-1)!.push(packet);
      else turns.push([packet]);
    }
    return turns;
  };

  it('come in any order, twice, and over each other', () => {
    fc.assert(fc.property(fc.infiniteStream(fc.nat({ max: 6 })), (delays) => {
      const late = turnsOf(packetsOf(talk(), 40)).flatMap((turn) => turn
        .flatMap((packet): Packet[] => [packet, { ...packet, data: packet.data.slice(0, 9) }])
        .map((packet, i) => ({ packet, at: i + delays.next().value! }))
        .toSorted((a, b) => a.at - b.at).map(({ packet }) => packet));
      const report = explainCapture(pcapOf(late));
      expect(hexOf(report.copies[0], 'parameter data')).toBe(hexBytes(LIST));
      expect(hexOf(report.copies[1], 'answer')).toBe(hexBytes(STATUS));
      expect(report.findings).toEqual([]);
    }), { numRuns: 30 });
  });

  it('sent again with other bytes are told', () => {
    const packets = packetsOf(talk());
    const other = { ...packets[6]!, data: packets[6]!.data.map((byte) => byte ^ 1) };
    expect(rules(explainCapture(pcapOf([...packets.slice(0, 7), other, ...packets.slice(7)]))))
      .toEqual(['overlap']);
  });

  it('that are lost are told, and what follows is found', () => {
    const packets = packetsOf(talk());
    // The ping's command is gone, and with it a PDU boundary.
    const report = explainCapture(pcapOf(packets.filter((_, i) => i !== 4)));
    expectBoth(report);
    expect(rules(report)).toEqual(['lost', 'resync']);
    // In the middle of the list: it is explained up to there.
    const cut = explainCapture(pcapOf(packets.filter((_, i) => i !== 9)));
    expect(cut.copies[0]?.findings.map(({ rule }) => rule)).toEqual([]);
    expect(hexOf(cut.copies[0], 'parameter data')).toBe(hexBytes(LIST.slice(0, 24)));
    expect(hexOf(cut.copies[1], 'answer')).toBe(hexBytes(STATUS));
  });

  it('that a snapshot length cut are told', () => {
    const packets = packetsOf(talk()).map((packet, i): Packet =>
      (i === 6 ? { ...packet, captured: 50 } : packet));
    const report = explainCapture(pcapOf(packets));
    expect(rules(report)).toEqual(['snapshot', 'lost']);
    expect(hexOf(report.copies[0], 'parameter data')).toBe(hexBytes(LIST.slice(0, 2)));
    expect(hexOf(report.copies[1], 'answer')).toBe(hexBytes(STATUS));
  });

  it('of a connection that began before are read from the first PDU on', () => {
    const [first, ...rest] = packetsOf(talk().slice(2), 1460, false);
    const { sequence, data } = first!;
    const middle: Packet = { ...first!, sequence: sequence + 11, data: data.slice(11) };
    const report = explainCapture(pcapOf([middle, ...rest]));
    expectBoth(report);
    expect(report.connections[0]?.initiatorAddress).toBe('10.0.0.1:40000');
  });

  it('of a second connection between the same ports are another connection', () => {
    const again = packetsOf([...login(false), ...copyStatus(false)])
      .map((packet): Packet => ({ ...packet, sequence: packet.sequence + 77_777 }));
    const report = explainCapture(pcapOf([...packetsOf(talk()), ...again]));
    expect(report.connections).toHaveLength(2);
    expect(report.copies.map(({ connection }) => connection.number)).toEqual([1, 1, 2]);
  });
});

describe('a capture that is cut off', () => {
  const files = [pcapOf(packetsOf(talk(true)), { link: LINKS.ethernet }),
    pcapngOf(packetsOf(talk(true)), { link: LINKS.ethernet })];

  it.each(files.map((file, i) => [i === 0 ? 'pcap' : 'pcapng', file] as const))(
    'anywhere is explained up to there: %s', (_kind, file) => {
      let [copies, told] = [0, 0];
      for (let end = 4; end < file.length; end += 1) {
        const report = explainCapture(file.slice(0, end));
        const text = [...renderCapture(report)].join('\n');
        if (report.findings.some(({ rule }) => rule === 'capture-cut')) told += 1;
        expect(report.copies.length).toBeGreaterThanOrEqual(copies);
        copies = report.copies.length;
        if (copies > 0) expect(text).toContain('EXTENDED COPY(LID1) CDB');
      }
      expect(copies).toBe(2);
      // Every cut but those between two records, and the few behind the last byte that matters.
      expect(told).toBeGreaterThan(file.length - 4 - 40);
    });

  it('never throws, whatever stands in it', () => {
    const byte = fc.nat({ max: 255 });
    fc.assert(fc.property(
      fc.constantFrom(...files), fc.array(fc.tuple(fc.nat(), byte), { maxLength: 20 }),
      (file, changes) => {
        const changed = file.slice();
        for (const [at, value] of changes) changed[4 + at % (file.length - 4)] = value;
        const report = explainCapture(changed);
        expect([...renderCapture(report)].length).toBeGreaterThan(0);
        expect(Array.from(captureFindings(report)).length).toBeGreaterThanOrEqual(0);
      }), { numRuns: 300 });
  });

  it('is no capture without its first bytes', () => {
    expect(isCapture(files[0]!.slice(0, 3))).toBe(false);
    expect(files.map(isCapture)).toEqual([true, true]);
    expect(isCapture(LIST)).toBe(false);
  });
});

it('gives JSON whose parts are encoded to the same bytes', () => {
  const json = captureJson(explainCapture(pcapOf(packetsOf(talk()))));
  const again = encodeDocument(JSON.parse(JSON.stringify(json)) as Json);
  expect(again.map(({ bytes, format }) => [format?.id, bytes.length])).toEqual([
    ['copy/extended-copy-cdb', 16], ['copy/parameter-list', 76], ['sense/fixed-sense', 18],
    ['copy/receive-copy-status-cdb', 16], ['copy/copy-status', 12],
  ]);
  expect(again[1]?.bytes).toEqual(LIST);
});

it('says what a command without an answer lacks', () => {
  const [command] = refusedCopy(false);
  const report = explainCapture(pcapOf(packetsOf([...login(false), command!])));
  expect(report.copies[0]?.status).toBeUndefined();
  expect(report.copies[0]?.findings.map(({ rule, message }) => [rule, message])).toEqual([
    ['no-answer', 'the capture holds no answer to the command'],
    ['data-missing', '15 of 76 bytes of parameter data can be told'],
  ]);
});
