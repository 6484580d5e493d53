import { expect, it } from 'vitest';
import { filesBelow, linesOf } from './support/source-tree.ts';

const COLUMNS_MAX = 100;
const FUNCTION_LINES_MAX = 70;
const sources = ['src', 'test', 'bench', 'native']
  .flatMap((folder) => filesBelow(folder, ['.ts', '.cc', '.h', '.mjs']));

it('keeps lines short', () => {
  const long = sources.flatMap((path) => linesOf(path)
    .map((line, i) => ({ place: `${path}:${i + 1}`, columns: line.length }))
    .filter(({ columns }) => columns > COLUMNS_MAX));
  expect(long).toEqual([]);
});

/** A function's head and its closing brace stand at one indentation. */
const HEAD =
  /^(\s*)(?:export )?(?:static )?(?:async )?(?:function\*? |(?:get |set )?[#\w]+\(.*\{$|.*=> \{$)/;
const NO_FUNCTION = /^\s*(?:describe|if|for|while|switch|export class|class)\b/;

function longFunctions(path: string): string[] {
  const lines = linesOf(path);
  return lines.flatMap((line, start) => {
    const match = HEAD.exec(line);
    if (match === null || NO_FUNCTION.test(line)) return [];
    const end = lines.findIndex((other, i) => i > start && other.startsWith(`${match[1]}}`));
    const lineCount = end - start;
    return lineCount > FUNCTION_LINES_MAX ? [`${path}:${start + 1}: ${lineCount} lines`] : [];
  });
}

it('keeps functions small', () => {
  expect(filesBelow('src', ['.ts']).flatMap(longFunctions)).toEqual([]);
});

it('leaves nothing to be done later', () => {
  const marker = new RegExp(['TO', 'DO|FIX', 'ME|XX', 'X\\b'].join(''));
  const left = sources.flatMap((path) => linesOf(path)
    .map((line, i) => ({ place: `${path}:${i + 1}`, line }))
    .filter(({ line }) => marker.test(line)));
  expect(left).toEqual([]);
});
