import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULTS, planted } from './faults.ts';

describe('a planted fault', () => {
  it.each(Object.entries(FAULTS))('still has its place: %s', (name, fault) => {
    const text = readFileSync(new URL(`../../${fault.file}`, import.meta.url), 'utf8');
    expect(planted(name, fault, text)).not.toBe(text);
  });

  it('is refused where its place is there twice or not at all', () => {
    const fault = { what: 'a fault', file: 'none', find: 'x', replace: 'y' };
    expect(planted('a', fault, 'axb')).toBe('ayb');
    for (const text of ['xx', '']) {
      expect(() => planted('a', fault, text)).toThrow('Cannot plant a');
    }
  });
});
