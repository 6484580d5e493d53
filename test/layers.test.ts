import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, it } from 'vitest';
import { filesBelow } from './support/source-tree.ts';

/** Folders of `src/`, lowest rank first; the picture stands in the README. */
const LAYERS: readonly (readonly string[])[] = [
  ['bytes'], ['codec'], ['sense', 'ports'], ['wire'], ['media', 'sam', 'io', 'explain'],
  ['iscsi', 'server', 'copy'], ['initiator'], ['target'], ['backup', 'conformance'], ['app'],
];
const WITHOUT_NODE = ['bytes', 'codec', 'sense', 'ports', 'wire', 'explain'];

/** Node's modules for sockets, files, timers, processes: only these folders may import them. */
const WITH_NODE = ['io', 'app'];
const EXCEPTIONS: readonly (readonly [string, string])[] = [['backup', 'better-sqlite3']];

const rank = new Map(LAYERS.flatMap((folders, i) => folders.map((folder) => [folder, i] as const)));
const rankOf = (folder: string): number => {
  const found = rank.get(folder);
  if (found === undefined) throw new Error(`Cannot rank src/${folder}: it is in no layer`);
  return found;
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const folderOf = (path: string): string => path.split('/')[1] ?? '';

const imports: Import[] = filesBelow('src', ['.ts']).flatMap((file) => {
  const specifiers = readFileSync(file, 'utf8')
    .matchAll(/(?:^|\n)(?:import|export)[^;]*?from '([^']+)'/g);
  const from = folderOf(file);
  return Array.from(specifiers, ([, specifier]) => ({ file, from, to: specifier! }));
});

const inside = imports.filter(({ to }) => to.startsWith('.'))
  .map(({ file, from, to }) => ({ file, from, to: folderOf(posix.join(posix.dirname(file), to)) }));
const outside = imports.filter(({ to }) => !to.startsWith('.'));

it('finds the imports it is to judge', () => {
  expect(inside.length).toBeGreaterThan(20);
  for (const { from } of imports) rankOf(from);
});

it('imports only downwards', () => {
  expect(inside.filter(({ from, to }) => from !== to && rankOf(to) >= rankOf(from))).toEqual([]);
});

it('keeps Node out of the layers that work on bytes alone', () => {
  expect(outside.filter(({ from }) => WITHOUT_NODE.includes(from))).toEqual([]);
});

it('reaches sockets, files, timers and the addon only in io, the terminal only in app', () => {
  const allowed = ({ from, to }: Import): boolean => WITH_NODE.includes(from)
    || EXCEPTIONS.some(([folder, name]) => folder === from && name === to)
    || ['bl', 'node:buffer', 'node:crypto', 'node:events', 'node:path'].includes(to);
  expect(outside.filter((one) => !allowed(one))).toEqual([]);
});
