import { describe, expect, it } from 'vitest';
import { TransportMap } from '../../src/copy/names/transport-map.ts';
import { parseTransportName, type TransportName } from '../../src/copy/names/transport-name.ts';
import { supportOf, WHOLE_SUPPORT } from '../../src/copy/support.ts';
import { MemoryDisk, unitOf } from '../support/copy-devices.ts';
import { cscdOf, diskToDisk, listOf, tapeToTape } from '../support/copy-lists.ts';
import { readSense } from '../../src/sense/sense.ts';
import { cdb84, dataOf, Fixture } from './manager-fixture.ts';

const hex = (codes: readonly number[]): string =>
  codes.map((code) => code.toString(16).padStart(2, '0')).join(' ');
const kindsOf = (...names: string[]) => new TransportMap(names.map((name) => ({
  names: [parseTransportName(name) as TransportName], units: undefined }))).kinds; // names are good

describe('the descriptor types of a target', () => {
  it('are all of them with tapes and a name on every transport', () => {
    const transports = kindsOf('fc:5006016041e0a1b2', 'fcid:0x010203', 'scsi:5',
      'rdma:00112233445566778899aabbccddeeff', 'eui64:0011223344556677', 'sas:5000c50012345678');
    expect(supportOf({ hasStreams: true, transports })).toEqual(WHOLE_SUPPORT);
  });

  it('leave out segments with a stream device where there is none', () => {
    const { segments } = supportOf({ hasStreams: false, transports: new Set() });
    expect(hex(segments)).toBe('02 07 0a 0d 14 16 be bf');
  });

  it('leave out CSCDs of transports that the target has no name on', () => {
    const cscds = (...names: string[]): string =>
      hex(supportOf({ hasStreams: true, transports: kindsOf(...names) }).cscds);
    expect(cscds()).toBe('e4 e5 e6 ea eb fe');
    expect(cscds('fcid:0x010203')).toBe('e1 e4 e5 e6 ea eb fe');
    expect(cscds('fcid:0x010203', 'fc:5006016041e0a1b2')).toBe('e0 e1 e2 e4 e5 e6 ea eb fe');
    expect(cscds('sas:5000c50012345678', 'scsi:3')).toBe('e3 e4 e5 e6 e9 ea eb fe');
  });
});

describe('a copy manager of disks alone', () => {
  const disk = unitOf('disk', 1, new MemoryDisk('disk', 512, 512 * 8));
  const support = supportOf({ hasStreams: false, transports: new Set() });
  const { manager, send, copy } = (() => {
    const fixture = new Fixture([disk], { support });
    return { manager: fixture.manager, send: fixture.send.bind(fixture),
      copy: fixture.copy.bind(fixture) };
  })();

  it('reports what it takes, in both places', async () => {
    const parameters = dataOf(await send(disk, cdb84(0x03, 0, 1024)));
    expect(hex([...parameters.subarray(44)])).toBe(hex([...support.segments, ...support.cscds]));
    const page = manager.vpdPage(disk);
    const codes = [...support.segments, ...support.cscds];
    expect(hex([...page])).toContain(`00 08 00 10 0e ${hex(codes)}`);
    expect(hex([...page])).not.toContain('91 01 00 0c');
  });

  it('refuses what it does not report before the first segment', async () => {
    const refused = async (list: Uint8Array): Promise<number> =>
      readSense((await copy(disk, list)).sense!).code; // it is refused
    expect(await refused(listOf([cscdOf(disk)],
      [diskToDisk(0, 4, 1, { to: 0 }), tapeToTape(1, 1, 1, { to: 0 })]))).toBe(0x2609);
    const fibreChannel = cscdOf(disk);
    fibreChannel[0] = 0xe0;
    expect(await refused(listOf([fibreChannel], [diskToDisk(0, 4, 1, { to: 0 })]))).toBe(0x2607);
  });
});
