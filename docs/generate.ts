/** Writes what is generated of the documentation: `npm run docs`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { extendedCopyPage } from './reference/extended-copy.ts';
import { withTables } from './reference/readme.ts';

const page = (name: string): URL => new URL(`../${name}`, import.meta.url);

writeFileSync(page('docs/extended-copy.md'), extendedCopyPage());
writeFileSync(page('README.md'), withTables(readFileSync(page('README.md'), 'utf8')));
