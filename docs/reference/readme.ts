import { page } from './markdown.ts';
import { cscdTable, rodTable, segmentTable, serviceActionTable } from './support.ts';

const BEGIN = '<!-- made by npm run docs -->';
const END = '<!-- end -->';

/**
 * The README with today's tables between its two marks.
 *
 * Throws: Error if a mark is missing.
 */
export function withTables(readme: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`Cannot find ${BEGIN} and ${END} in the README`);
  const tables = page([serviceActionTable(), cscdTable(), segmentTable(), rodTable()]);
  return `${readme.slice(0, begin)}${BEGIN}\n\n${tables}\n${readme.slice(end)}`;
}
