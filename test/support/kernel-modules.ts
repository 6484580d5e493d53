/** Modules of a Linux kernel with those that they need, in the order of loading. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { filesBelow } from './source-tree.ts';

const nameOf = (path: string): string => basename(path, '.ko').replaceAll('-', '_');

/** The names after `depends=` in a module's section .modinfo. */
function needsOf(path: string): string[] {
  const text = readFileSync(path, 'latin1');
  const names = /\0depends=([\w,-]*)\0/.exec(text)?.[1] ?? '';
  return names.split(',').filter((name) => name !== '').map((name) => name.replaceAll('-', '_'));
}

/**
 * Paths of the modules below `folder` that are called `wanted`, each behind what it needs. What has
 * no file is taken to be built in.
 */
export function modulesInOrder(folder: string, wanted: readonly string[]): string[] {
  const paths = new Map(filesBelow(folder, ['.ko']).map((path) => [nameOf(path), path]));
  const ordered = new Set<string>();
  const add = (name: string): void => {
    const path = paths.get(name);
    if (path === undefined || ordered.has(path)) return;
    for (const need of needsOf(path)) add(need);
    ordered.add(path);
  };
  for (const name of wanted) add(name);
  return [...ordered];
}
