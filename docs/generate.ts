/** Writes what is generated of the documentation: `npm run docs`. */
import { writeFileSync } from 'node:fs';
import { extendedCopyPage } from './reference/extended-copy.ts';

writeFileSync(new URL('./extended-copy.md', import.meta.url), extendedCopyPage());
