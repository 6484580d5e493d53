import { CrashFiles } from './crash-files.ts';
import { seeded } from './seeded.ts';

/** A file system in memory whose power stays on. */
export const memoryFiles = (options: { readonly spaceBytes?: number } = {}): CrashFiles =>
  new CrashFiles({ ...options, random: seeded(1) });
