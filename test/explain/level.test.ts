import { describe, expect, it } from 'vitest';
import { hex, parseHex } from '../../src/bytes/hex.ts';
import { explain } from '../../src/explain/explain.ts';
import { renderSection, sectionJson } from '../../src/explain/render.ts';
import { findingsOf } from '../../src/explain/section.ts';
import type { SpcLevel } from '../../src/wire/copy/levels.ts';

const E4 = 'E4 00 0000 01030010 60000000 0000A001 00000000 00000001 00000000 00000200';
const SEGMENT = '00 01 0014 0000 0001 00 010000 0000 0080 0000000000001000';
const list = (options: string, cscd: string, segment = SEGMENT): string =>
  `2B ${options} 0020 00000000 000000${hex(parseHex(segment).length).slice(0, -1)} 00000000`
  + ` ${cscd} ${segment}`;
const IMAGE = '16 00 0018 0000 0001 0000000000000000 0000000000000000 00000010';

const explained = (text: string, level?: SpcLevel) => {
  const options = level === undefined ? {} : { level };
  return explain(parseHex(text), { isBinary: true, ...options })[0]!.section;
};
const rules = (text: string, level?: SpcLevel): string[] =>
  findingsOf(explained(text, level)).map(({ rule }) => rule);

describe('the level that bytes are read at', () => {
  it.each([
    ['a LID1 list', list('01', E4), 'SPC-4'],
    ['a NUL bit', list('01', E4.replace('E4 00', 'E4 20')), 'SPC-3'],
    ['a descriptor of SPC-4 with a LID1 list', list('01', E4, IMAGE), 'SPC-4'],
    ['LU ID TYPE in a list with NRCR', list('10', E4.replace('E4 00', 'E4 20')), 'SPC-3'],
    ['a CDB that SPC-5 keeps', '84 05 00000101 00000000 00000040 00 00', 'SPC-5'],
    ['a CDB that SPC-5 drops', '84 00 01 00000000000000 00000040 00 00', 'SPC-4'],
    ['a list identifier that only SPC-2 has', '84 03 2B 00000000000000 00000040 00 00', 'SPC-2'],
  ])('is the newest that fits: %s', (_what, text, level) => {
    const section = explained(text);
    expect(section.level).toBe(level);
    expect(findingsOf(section)).toEqual([]);
  });

  it('is the newest among those that fit alike', () => {
    expect(explained(list('01', E4.replace('00000000 00000200', '000000FF 00000200'))).level)
      .toBe('SPC-4');
  });

  it('is said, in text and for machines', () => {
    const section = explained(list('01', E4));
    expect(renderSection(section)[0]).toBe(
      'EXTENDED COPY(LID1) parameter list (72 bytes, SPC-4 6.5), read as SPC-4');
    expect(sectionJson(section)).toMatchObject({ level: 'SPC-4' });
  });

  it.each([
    ['a PDU', `40 80 ${'00'.repeat(46)}`], ['a CDB of disks', '28 00 00000000 00 0001 00'],
    ['sense data', '70 00 05 00000000 0A 00000000 2400 00 000000'],
  ])('is none for %s', (_what, text) => {
    expect(explained(text)).not.toHaveProperty('level');
  });

  it('gives names', () => {
    const lines = (level: SpcLevel): string => renderSection(explained(list('10', E4), level))
      .join('\n');
    expect(lines(3)).toMatch(/^EXTENDED COPY parameter list .*read as SPC-3$/m);
    expect(lines(3)).toMatch(/NRCR +1h \(results may be discarded\)/);
    expect(lines(3)).toMatch(/TARGET DESCRIPTOR LIST LENGTH/);
    expect(lines(3)).toMatch(/^ {2}Target descriptors/m);
    expect(lines(3)).toMatch(/SOURCE TARGET DESCRIPTOR INDEX/);
    expect(lines(4)).toMatch(/LIST ID USAGE +2h/);
    expect(lines(4)).toMatch(/^ {2}CSCD descriptors/m);
    expect(lines(4)).not.toMatch(/NUL /);
  });

  it('tells what exists at other levels only', () => {
    expect(rules(list('01', E4, IMAGE), 3)).toEqual(['level']);
    expect(rules(list('01', E4, IMAGE), 4)).toEqual([]);
    expect(rules(list('01', E4), 5)).toEqual(['level']);
    expect(findingsOf(explained(list('01', E4, IMAGE), 2)).map(({ at, message }) => [at, message]))
      .toContainEqual([0x30,
        'segment descriptor list: type code 16h is known from SPC-4 on']);
  });

  it('makes bits that a level does not have reserved', () => {
    expect(rules(list('01', E4.replace('E4 00', 'E4 20')), 4)).toEqual(['reserved']);
    expect(rules('83 01 0000000000000000 00000048 00 00'.replace('83 01', '83 00'), 2)).toEqual([]);
  });

  it('keeps descriptors of types without a public layout as bytes', () => {
    const section = explained(list('01', E4, '18 00 0004 DEADBEEF'));
    expect(renderSection(section).join('\n')).toMatch(/parameters +DE AD BE EF/);
  });
});
