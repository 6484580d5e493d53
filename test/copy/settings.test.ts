import { describe, expect, it } from 'vitest';
import { COPY_LIMITS, COPY_READINGS } from '../../src/copy/limits.ts';
import {
  copyLimitsOf, copyReadingsOf, LIMIT_RANGES, parseCopySettings, READING_VALUES,
} from '../../src/copy/settings.ts';

const limitNames = Object.keys(LIMIT_RANGES) as (keyof typeof LIMIT_RANGES)[]; // its own keys
const readingNames = Object.keys(READING_VALUES);

describe('settings of a copy manager', () => {
  it('are the defaults if nothing is set', () => {
    expect(parseCopySettings([])).toEqual({ limits: {}, readings: {} });
    expect(copyLimitsOf()).toEqual(COPY_LIMITS);
    expect(copyReadingsOf()).toEqual(COPY_READINGS);
  });

  it('have a name for every limit and reading', () => {
    expect(limitNames.sort()).toEqual(Object.keys(COPY_LIMITS).sort());
    expect(readingNames.sort()).toEqual(Object.keys(COPY_READINGS).sort());
  });

  it('are read as NAME=VALUE, the first of one name', () => {
    expect(parseCopySettings(
      ['cscdCountMax=16', 'padding=block', 'lid4FirstId=0', 'cscdCountMax=17'])).toEqual({
      limits: { cscdCountMax: 16 }, readings: { padding: 'block', lid4FirstId: 0 } });
  });

  it.each(limitNames)('bound %s on both sides', (name) => {
    const [min, max] = LIMIT_RANGES[name];
    const highs = { concurrentCopiesMax: 1024, tokenLifetimeMaxS: 0xffff_ffff,
      tokenInactivityMaxS: 0xffff_fffe };
    const rest = name in highs ? {} : highs;
    for (const value of [min, max]) {
      expect(copyLimitsOf({ ...rest, [name]: value })[name]).toBe(value);
    }
    for (const value of [min - 1, max + 1, min + 0.5, NaN]) {
      expect(() => copyLimitsOf({ ...rest, [name]: value })).toThrow(name);
    }
  });

  it.each(Object.entries(READING_VALUES))('take each value of %s', (name, values) => {
    for (const value of values) {
      expect(parseCopySettings([`${name}=${value}`]).readings).toEqual({ [name]: value });
    }
    expect(() => parseCopySettings([`${name}=other`])).toThrow(values.join(', '));
  });

  it.each(['cscdcountmax=1', 'cscdCount', '=1', '', 'toString=1', 'limits=1'])(
    'refuse %j with the names that there are', (text) => {
      for (const name of [...limitNames, ...readingNames]) {
        expect(() => parseCopySettings([text])).toThrow(name);
      }
    });

  it.each(['', '-1', '1.5', '1e3', '0x10', ' 1', '99999999999'])(
    'refuse the number %j', (value) => {
      expect(() => parseCopySettings([`segmentCountMax=${value}`]))
        .toThrow('segmentCountMax');
    });

  it('let defaults give way, and refuse what contradicts itself', () => {
    expect(copyLimitsOf({ concurrentCopiesMax: 4 }).identifiedCopiesMax).toBe(4);
    expect(copyLimitsOf({ tokenInactivityMaxS: 60 }).tokenInactivityDefaultS).toBe(60);
    expect(copyLimitsOf({ tokenLifetimeMaxS: 30 }).tokenLifetimeMinS).toBe(30);
    expect(() => parseCopySettings(['concurrentCopiesMax=4', 'identifiedCopiesMax=5']))
      .toThrow('identifiedCopiesMax 5');
  });
});
