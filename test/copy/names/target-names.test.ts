import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TargetNames } from '../../../src/copy/names/target-names.ts';
import { TransportMap } from '../../../src/copy/names/transport-map.ts';
import { parseTransportName, type TransportName } from '../../../src/copy/names/transport-name.ts';
import type { Designator, LogicalUnit } from '../../../src/sam/logical-unit.ts';
import { aliasEntry } from '../../../src/wire/copy/aliases.ts';
import { readCscd } from '../../../src/wire/copy/cscd.ts';
import { MemoryDisk, nexusOf, unitOf } from '../../support/copy-devices.ts';
import { bytes } from '../../support/vectors.ts';

const host = nexusOf('host');
const disk = (name: string, id: number): LogicalUnit =>
  unitOf(name, id, new MemoryDisk(name, 512, 512));
const units = [disk('zero', 0), disk('one', 1), disk('two', 2)] as const;
const [zero, one, two] = units;
const reachable = new Map<number, LogicalUnit>([[0, zero], [1, one], [2, two], [300, one]]);

const name = (text: string): TransportName => {
  const parsed = parseTransportName(text);
  if (parsed === undefined) throw new Error(`Cannot test with '${text}'`);
  return parsed;
};
/** `names`, then logical units by LUN or nothing for all. */
const port = (names: readonly string[], ...behind: readonly (readonly [number, string])[]) =>
  ({ names: names.map(name), units: behind.length === 0 ? undefined : new Map(behind) });

const own = ['iscsi:iqn.2024-01.test:target', 'ip:127.0.0.1:3260'].map(name);
const names = new TargetNames({ own: () => own, map: new TransportMap([
  port(['fc:5006016041e0a1b2', 'fcid:0x010203']),
  port(['fc:5006016041e0a1b3', 'fcid:0x010204'], [0, 'two'], [7, 'zero'], [9, 'gone']),
  port(['scsi:5'], [0, 'one']), port(['ip:192.0.2.1:3260'], [0, 'one'], [1, 'two']),
  port(['ip:[2001:db8::1]:860'], [0, 'two']),
  port(['rdma:00112233445566778899aabbccddeeff',
    'gid:fe800000000000000002c90300001234'], [0, 'one']),
  port(['eui64:0011223344556677'], [0, 'one']),
  port(['eui64:0011223344556677/0a0b0c'], [0, 'two']),
  port(['sas:5000c50012345678'], [0, 'zero']),
  port(['iscsi:iqn.1999-09.elsewhere:disks'], [0, 'two']),
]) });

const find = (hex: string, within = reachable): LogicalUnit | undefined => {
  const descriptor = bytes(hex);
  return names.find(readCscd(descriptor, 0, descriptor.length), within, host, zero);
};
const LUN_0 = '0000000000000000';
const LUN_1 = '0001000000000000';
const DEVICE = '00 000200';
const head = (type: string): string => `${type} 00 0000`;

/** Descriptors by type, and what they name; `undefined`: nothing. */
const CASES: readonly (readonly [string, LogicalUnit | undefined, string])[] = [
  ['E0h, whole target', one, `${head('E0')} ${LUN_1} 5006016041E0A1B2 ${'00'.repeat(8)} ${DEVICE}`],
  ['E0h, a unit by its place in the map', two,
    `${head('E0')} ${LUN_0} 5006016041E0A1B3 ${'00'.repeat(8)} ${DEVICE}`],
  ['E0h, a LUN of the map', zero,
    `${head('E0')} 0007000000000000 5006016041E0A1B3 ${'00'.repeat(8)} ${DEVICE}`],
  ['E0h, a LUN that the map has not', undefined,
    `${head('E0')} ${LUN_1} 5006016041E0A1B3 ${'00'.repeat(8)} ${DEVICE}`],
  ['E0h, a unit that is not within reach', undefined,
    `${head('E0')} 0009000000000000 5006016041E0A1B3 ${'00'.repeat(8)} ${DEVICE}`],
  ['E0h, an unknown port', undefined,
    `${head('E0')} ${LUN_0} 5006016041E0A1B4 ${'00'.repeat(8)} ${DEVICE}`],
  ['E1h', two, `${head('E1')} ${LUN_0} ${'00'.repeat(9)} 010204 00000000 ${DEVICE}`],
  ['E1h, an unknown address', undefined,
    `${head('E1')} ${LUN_0} ${'00'.repeat(9)} 010205 00000000 ${DEVICE}`],
  ['E2h', two, `${head('E2')} ${LUN_0} 5006016041E0A1B3 00 010204 00000000 ${DEVICE}`],
  ['E2h, name and address of two ports', undefined,
    `${head('E2')} ${LUN_0} 5006016041E0A1B3 00 010203 00000000 ${DEVICE}`],
  ['E2h, an unknown address', undefined,
    `${head('E2')} ${LUN_0} 5006016041E0A1B3 00 000000 00000000 ${DEVICE}`],
  ['E3h', one, `${head('E3')} ${LUN_0} FF 05 ${'00'.repeat(14)} ${DEVICE}`],
  ['E3h, an unknown SCSI ID', undefined,
    `${head('E3')} ${LUN_0} 00 06 ${'00'.repeat(14)} ${DEVICE}`],
  ['E5h', two, `${head('E5')} ${LUN_1} C0000201 ${'00'.repeat(6)} 0CBC 0000 0006 ${DEVICE}`],
  ['E5h, a portal of the target', two,
    `${head('E5')} 0002000000000000 7F000001 ${'00'.repeat(6)} 0CBC 0000 0006 ${DEVICE}`],
  ['E5h, another port', undefined,
    `${head('E5')} ${LUN_0} C0000201 ${'00'.repeat(6)} 0CBD 0000 0006 ${DEVICE}`],
  ['E5h, another protocol', undefined,
    `${head('E5')} ${LUN_0} C0000201 ${'00'.repeat(6)} 0CBC 0000 0011 ${DEVICE}`],
  ['E6h, an unknown value', undefined,
    `${head('E6')} ${LUN_0} 0000000000000099 ${'00'.repeat(8)} ${DEVICE}`],
  ['E7h', one, `${head('E7')} ${LUN_0} 00112233445566778899AABBCCDDEEFF ${DEVICE}`],
  ['E7h, an unknown port', undefined,
    `${head('E7')} ${LUN_0} 00112233445566778899AABBCCDDEEFE ${DEVICE}`],
  ['E8h, a directory', two,
    `${head('E8')} ${LUN_0} 0011223344556677 0A0B0C ${'00'.repeat(5)} ${DEVICE}`],
  ['E8h, a node with any other directory', one,
    `${head('E8')} ${LUN_0} 0011223344556677 0A0B0D ${'00'.repeat(5)} ${DEVICE}`],
  ['E8h, an unknown node', undefined,
    `${head('E8')} ${LUN_0} 0011223344556678 0A0B0C ${'00'.repeat(5)} ${DEVICE}`],
  ['E9h', zero, `${head('E9')} ${LUN_0} 5000C50012345678 ${'00'.repeat(8)} ${DEVICE}`],
  ['E9h, an unknown address', undefined,
    `${head('E9')} ${LUN_0} 5000C50012345679 ${'00'.repeat(8)} ${DEVICE}`],
  ['EAh', two, `${head('EA')} ${LUN_0} 20010DB8000000000000000000000001 ${DEVICE}
    FF 000000 035C 0006 ${'00'.repeat(24)}`],
  ['EAh, another port', undefined, `${head('EA')} ${LUN_0} 20010DB8000000000000000000000001
    ${DEVICE} FF 000000 035D 0006 ${'00'.repeat(24)}`],
  ['FEh', undefined, `FE 00 0000 0000 0000 00000000 ${'00'.repeat(16)} ${DEVICE}`],
];

describe('what a CSCD descriptor names', () => {
  it.each(CASES)('%s', (_case, unit, hex) => {
    expect(find(hex)?.name).toBe(unit?.name);
  });

  it('is only what its sender can reach', () => {
    for (const [, unit, hex] of CASES) {
      if (unit === undefined) continue;
      const rest = new Map([...reachable].filter(([, other]) => other !== unit));
      expect(find(hex, rest)).toBeUndefined();
    }
  });

  it.each([
    ['peripheral device', '0001000000000000'], ['flat space', '4001000000000000'],
    ['extended flat space', 'D200000100000000'],
    ['long extended flat space', 'E200000000010000'],
  ])('has its LUN in %s addressing', (_method, lun) => {
    expect(find(`${head('E9')} ${lun} 5000C50012345678 ${'00'.repeat(8)} ${DEVICE}`))
      .toBeUndefined();
    expect(find(`${head('E0')} ${lun} 5006016041E0A1B2 ${'00'.repeat(8)} ${DEVICE}`)).toBe(one);
  });

  it.each(['8001000000000000', 'C101000000000000', 'FFFFFFFFFFFFFFFF', '0001000100000000'])(
    'is nothing with LU IDENTIFIER %s', (lun) => {
      expect(find(`${head('E0')} ${lun} 5006016041E0A1B2 ${'00'.repeat(8)} ${DEVICE}`))
        .toBeUndefined();
    });

  it('is the unit with its LUN, however that is written', () => {
    const methods: readonly ((lun: number) => string)[] = [
      (lun) => (lun < 256 ? '00' : '4') + lun.toString(16).padStart(lun < 256 ? 2 : 3, '0'),
      (lun) => (0x4000 | lun).toString(16), (lun) => `d2${lun.toString(16).padStart(6, '0')}`,
      (lun) => `e2${lun.toString(16).padStart(10, '0')}`,
    ];
    fc.assert(fc.property(
      fc.nat(0xfff), fc.constantFrom(...methods), (lun, write) => {
        const hex = write(lun).padEnd(16, '0');
        expect(find(`${head('E0')} ${hex} 5006016041E0A1B2 ${'00'.repeat(8)} ${DEVICE}`))
          .toBe(reachable.get(lun));
      }));
  });
});

const NAA_ONE = '60 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00000000';

describe('what a designator names', () => {
  const e4 = (codes: string, designator = NAA_ONE): string =>
    `E4 C0 0000 ${codes} ${designator} ${DEVICE}`;

  it('is the unit that has it', () => {
    expect(find(e4('01 03 00 10'))).toBe(one);
  });

  it.each([
    ['code set', '02 03 00 10'], ['association', '01 13 00 10'], ['type', '01 02 00 10'],
    ['length', '01 03 00 0F'], ['longer length', '01 03 00 11'],
  ])('is nothing with another %s', (_field, codes) => {
    expect(find(e4(codes))).toBeUndefined();
  });

  it('is nothing with another last byte, whatever the padding', () => {
    expect(find(e4('01 03 00 10', NAA_ONE.replace('01 00000000', '09 00000000')))).toBeUndefined();
    expect(find(e4('01 03 00 10', NAA_ONE.replace('01 00000000', '01 00000001')))).toBe(one);
  });

  it('of 20 bytes is compared whole', () => {
    const designator: Designator = {
      codeSet: 2, association: 0, type: 1, bytes: new TextEncoder().encode('x'.repeat(20)) };
    const long = { ...unitOf('long', 9, undefined), designators: [designator] };
    const within = new Map([[0, long]]);
    expect(find(e4('02 01 00 14', '78'.repeat(20)), within)).toBe(long);
    expect(find(e4('02 01 00 14', `${'78'.repeat(19)}79`), within)).toBeUndefined();
  });
});

describe('what an IP copy service names (EBh)', () => {
  const eb = (ipType: string, address: string, port: string, designator = NAA_ONE): string =>
    `EB C0 ${ipType} ${'00'.repeat(9)} ${address} ${DEVICE}
     FF 000000 ${port} 0006 01 03 00 10 ${designator}`;
  const V4 = `7F000001 ${'00'.repeat(12)}`;

  it('is a unit with the designator behind the service', () => {
    expect(find(eb('00', V4, '0CBC'))).toBe(one);
    expect(find(eb('00', `C0000201 ${'00'.repeat(12)}`, '0CBC'))).toBe(one);
  });

  it('is nothing behind a service that has not the unit, or is not known', () => {
    expect(find(eb('01', '20010DB8000000000000000000000001', '035C'))).toBeUndefined();
    expect(find(eb('00', `C0000202 ${'00'.repeat(12)}`, '0CBC'))).toBeUndefined();
    expect(find(eb('01', V4, '0CBC'))).toBeUndefined();
  });

  it('may be at an IPv6 address', () => {
    const naaTwo = NAA_ONE.replace('01 00000000', '02 00000000');
    expect(find(eb('01', '20010DB8000000000000000000000001', '035C', naaTwo))).toBe(two);
  });
});

const text = (string: string, length: number): string =>
  Buffer.from(string).toString('hex').padEnd(2 * length, '0');

describe('what an alias names (E6h)', () => {
  const e6 = (lun: string): string => `${head('E6')} ${lun} 00000000000000A1
    ${'00'.repeat(8)} ${DEVICE}`;
  /** Protocol identifier, format code, designation. */
  const alias = (protocol: string, format: string, designation: string): void => {
    const length = (bytes(designation).length).toString(16).padStart(4, '0');
    const entry = bytes(
      `00000000000000A1 ${protocol} 0000 ${format} 0000 ${length} ${designation}`);
    names.aliases.change(zero, host, [aliasEntry.read(entry)]);
  };
  const OWN = text('iqn.2024-01.test:target', 24);
  const PORT = '0000 0CBC 0000 0006';

  it.each([
    ['the iSCSI name of the target', '05', '00', OWN, LUN_1, one],
    ['the name in other letters', '05', '00', text('IQN.2024-01.test:Target', 24), LUN_1, one],
    ['the name, with an address to look at', '05', '01', `${OWN} C0000263 ${PORT}`, LUN_1, one],
    ['the name, with a domain name', '05', '02',
      `${text('iqn.2024-01.test:target', 24)} ${text('host.test', 12)} ${PORT}`, LUN_1, one],
    ['the name, with an IPv6 address', '05', '03',
      `${OWN} ${'00'.repeat(16)} ${PORT}`, LUN_0, zero],
    ['an iSCSI name of the map', '05', '00', text('iqn.1999-09.elsewhere:disks', 28), LUN_0, two],
    ['an unknown iSCSI name', '05', '00',
      text('iqn.1999-09.elsewhere:tapes', 28), LUN_0, undefined],
    ['no iSCSI name', '05', '00', text('disks', 8), LUN_0, undefined],
    ['a Fibre Channel name', '00', '00', '5006016041E0A1B3', LUN_0, two],
    ['a name and its N_Port', '00', '01', '5006016041E0A1B3 00 010204', LUN_0, two],
    ['a name and another N_Port', '00', '01', '5006016041E0A1B3 00 010203', LUN_0, undefined],
    ['an SRP port', '04', '00', '00112233445566778899AABBCCDDEEFF', LUN_0, one],
    ['an SRP port behind its GID', '04', '01',
      'FE800000000000000002C90300001234 00112233445566778899AABBCCDDEEFF', LUN_0, one],
    ['an SRP port behind another GID', '04', '01',
      'FE800000000000000002C90300001235 00112233445566778899AABBCCDDEEFF', LUN_0, undefined],
    ['a LUN that is not there', '05', '00', OWN, '0063000000000000', undefined],
  ])('%s', (_case, protocol, format, designation, lun, unit) => {
    alias(protocol, format, designation);
    expect(find(e6(lun))).toBe(unit);
  });

  it('is an alias of the nexus that sent the list, and of the unit that received it', () => {
    alias('05', '00', OWN);
    const cscd = readCscd(bytes(e6(LUN_0)), 0, 32);
    expect(names.find(cscd, reachable, host, zero)).toBe(zero);
    expect(names.find(cscd, reachable, nexusOf('other'), zero)).toBeUndefined();
    expect(names.find(cscd, reachable, host, one)).toBeUndefined();
  });
});

it('refuses a map in which two ports have one name', () => {
  expect(() => new TransportMap([port(['scsi:1', 'sas:5000c50012345678']), port(['scsi:1'])]))
    .toThrow('scsi:1 is given twice');
});
