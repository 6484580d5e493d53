import { describe, expect, it } from 'vitest';
import { checkTransports, parseTransportSpec } from '../../src/app/transport-specs.ts';
import { parseDiskSpec } from '../../src/app/unit-specs.ts';

describe('transport specifications', () => {
  it('reads a port that has the whole target', () => {
    expect(parseTransportSpec('scsi:5')).toEqual({ names: ['scsi:5'], units: undefined });
  });

  it('reads several names of one port, and one unit', () => {
    expect(parseTransportSpec('fc:50:06:01:60:41:e0:a1:b2+fcid:0x010203=disk')).toEqual({
      names: ['fc:5006016041e0a1b2', 'fcid:010203'], units: new Map([[0, 'disk']]) });
  });

  it('counts LUNs on from the last one', () => {
    const { units } = parseTransportSpec('ip:[2001:db8::1]:3260=a,b@7,c,a@3,tape-1.x@16383');
    expect([...units!]).toEqual([[0, 'a'], [7, 'b'], [8, 'c'], [3, 'a'], [16383, 'tape-1.x']]);
  });

  it.each([
    ['', 'fc:50:06'], ['fc:zz', 'fc:zz'], ['scsi:5+', "''"], ['scsi:5=a=b', 'second ='],
    ['scsi:5=', "'' is not UNIT"], ['scsi:5=a@', 'a@'], ['scsi:5=a@16384', 'a@16384'],
    ['scsi:5=a@16383,b', "'b' is not UNIT"], ['scsi:5=a,b@0', 'LUN 0 is given twice'],
    ['scsi:5=a b', 'a b'],
  ])('refuses --transport %j and says where', (text, message) => {
    expect(() => parseTransportSpec(text)).toThrow(`Cannot read --transport '${text}'`);
    expect(() => parseTransportSpec(text)).toThrow(message);
  });

  it('refuses a unit that there is not, and one name twice', () => {
    const units = [parseDiskSpec('a=x'), parseDiskSpec('b=y')];
    const check = (...texts: string[]) => checkTransports(texts.map(parseTransportSpec), units);
    check('scsi:5=b', 'scsi:6=a,b', 'scsi:7');
    expect(() => check('scsi:5=c')).toThrow("no unit is called 'c'; there are a, b");
    expect(() => check('scsi:5=a', 'sas:5000c50012345678+scsi:05'))
      .toThrow('scsi:5 is given twice');
  });
});
