import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXAMPLES, documentOfExample } from '../docs/reference/examples.ts';
import { extendedCopyPage } from '../docs/reference/extended-copy.ts';
import { withTables } from '../docs/reference/readme.ts';
import { DOCUMENTED_ACTIONS } from '../docs/reference/support.ts';
import { copyCommands } from '../src/copy/copy-commands.ts';
import { COPY_LIMITS, COPY_READINGS } from '../src/copy/limits.ts';
import { planCopy } from '../src/copy/plan.ts';
import { encodeDocument } from '../src/explain/document.ts';
import { MemoryDisk, unitOf } from './support/copy-devices.ts';
import { Fixture } from './copy/manager-fixture.ts';

it('has a reference page that is made from today’s declarations (npm run docs)', () => {
  const page = readFileSync(new URL('../docs/extended-copy.md', import.meta.url), 'utf8');
  expect(page).toBe(extendedCopyPage());
});

it('has a README with today’s tables of what is executed (npm run docs)', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(readme).toBe(withTables(readme));
});

it('documents the service actions that there are', () => {
  const disk = unitOf('disk', 1, new MemoryDisk('disk', 512, 512));
  const { manager } = new Fixture([disk]);
  const code = (byte: number): string => `${byte.toString(16).toUpperCase().padStart(2, '0')}h`;
  const served = [...disk.table.entries, ...copyCommands(manager)]
    .filter(({ opcode }) => opcode === 0x83 || opcode === 0x84)
    .map(({ opcode, serviceAction }) => `${code(opcode)}/${code(serviceAction ?? 0)}`);
  const documented = DOCUMENTED_ACTIONS.filter((action) => /^8[34]h/.test(action));
  expect(documented).toEqual([...new Set(served)].sort());
});

it.each(EXAMPLES)('shows an example that a copy manager takes: $title', (example) => {
  const [encoded] = encodeDocument(documentOfExample(example));
  const format = encoded?.format?.id === 'copy/parameter-list-lid4' ? 'LID4' : 'LID1';
  const plan = planCopy(encoded!.bytes, format, { // an example is one list
    limits: COPY_LIMITS, readings: COPY_READINGS });
  expect(plan.segments.length).toBeGreaterThan(0);
});
