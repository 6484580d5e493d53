import { describe, expect, it } from 'vitest';
import { panelsOf, picture } from '../../bench/picture.ts';
import { results } from './results-fixture.ts';

/** Element names that are open, after each tag of a document; throws where tags do not match. */
function checkNesting(xml: string): number {
  const open: string[] = [];
  let count = 0;
  const tag = /<(\/?)([\w-]+)((?:\s[\w:-]+="[^"<]*")*\s*\/?)>/g;
  for (const [, end, name, rest] of xml.matchAll(tag)) {
    count += 1;
    if (end === '/') expect(open.pop()).toBe(name);
    else if (!rest!.endsWith('/')) open.push(name!);
  }
  expect(open).toEqual([]);
  return count;
}

describe('the picture', () => {
  const svg = picture(results);

  it('is well-formed, with nothing but tags where a < stands', () => {
    expect(checkNesting(svg)).toBe(svg.split('<').length - 1);
    expect(svg.replaceAll(/&(amp|lt|gt);/g, '')).not.toContain('&');
  });

  it('shows names as they are', () => {
    expect(svg).toContain('>R &amp; D &lt;copy&gt;</text>');
  });

  it('keeps every bar in its track and in the picture', () => {
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
    const numbers = (pattern: RegExp): number[][] =>
      Array.from(svg.matchAll(pattern), (match) => match.slice(1).map(Number));
    const tracks = numbers(/class="track" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g);
    const bars = numbers(/class="bar[^"]*" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g);
    expect(bars.length).toBe(6);
    for (const [i, [x, y, long]] of bars.entries()) {
      expect([x, y]).toEqual(tracks[i]!.slice(0, 2));
      expect(long).toBeGreaterThan(0);
      expect(long).toBeLessThanOrEqual(tracks[i]![2]!);
      expect(x! + long!).toBeLessThan(width!);
      expect(y).toBeLessThan(height!);
    }
  });

  it('can be made of nothing', () => {
    expect(checkNesting(picture({ ...results, lines: [] }))).toBeGreaterThan(0);
  });
});

describe('its panels', () => {
  const bars = (title: string) => panelsOf(results).find((panel) => panel.title === title)!.bars;

  it('show each contender once, the fastest first', () => {
    expect(bars('Throughput').map(({ label, isOurs }) => [label, isOurs])).toEqual(
      [['R & D <copy>', false], ['serverfree direct', true], ['cp', false]]);
  });

  it('leave out what has nothing to be compared with', () => {
    expect(bars('Reads and writes over iSCSI')).toEqual([
      { label: '256 KiB reads', value: 1.5, text: '1.50 × tgt', isOurs: true, mark: 1 }]);
  });
});
