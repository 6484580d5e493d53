/** `serverfree inquire`: what a logical unit says of itself and of its copy manager. */
import type { Command } from 'commander';
import type { AnyLayout } from '../../codec/layout.ts';
import type { Json } from '../../codec/field.ts';
import { explain } from '../../explain/explain.ts';
import { renderSection, sectionJson } from '../../explain/render.ts';
import type { Initiator } from '../../initiator/initiator.ts';
import { receiveCopyOperatingParametersCdb } from '../../wire/copy/cdbs.ts';
import { readCapacity16Cdb } from '../../wire/sbc/cdbs.ts';
import { inquiryCdb } from '../../wire/spc/cdbs.ts';
import { readBlockLimitsCdb, readPositionCdb } from '../../wire/ssc/cdbs.ts';
import { Client } from '../client.ts';
import {
  mutualSecretOption, mutualUserOption, secretOption, type SecretOptions,
} from '../secret-options.ts';
import type { Terminal } from '../terminal.ts';
import { UserError } from '../user-error.ts';

interface InquireOptions extends SecretOptions {
  readonly json?: boolean;
}

export function addInquire(program: Command, terminal: Terminal): void {
  program.command('inquire <url>')
    .description('INQUIRY, VPD pages, limits and copy manager of a logical unit, readable; '
      + 'of iscsi://host[:port] the targets there')
    .addOption(secretOption()).addOption(mutualUserOption()).addOption(mutualSecretOption())
    .option('--json', 'for machines')
    .action((url: string, options: InquireOptions) => inquire(terminal, url, options));
}

/** A command, and the format of what it answers. */
interface Question {
  readonly name: string;
  readonly cdb: Uint8Array;
  readonly format: string;
}

const ALLOCATION_BYTES = 4096;
const TAPE = 0x01;

/** A CDB of zeros but for the fields given. */
function cdbOf(layout: AnyLayout, fields: Readonly<Record<string, unknown>>): Uint8Array {
  return layout.encode({ ...layout.decode(new Uint8Array(layout.size)).value, ...fields });
}

const vpd = (pageCode: number, format: string): Question => ({
  name: `VPD page ${pageCode.toString(16).toUpperCase().padStart(2, '0')}h`, format,
  cdb: cdbOf(inquiryCdb,
    { opcode: 0x12, evpd: true, pageCode, allocationLength: ALLOCATION_BYTES }),
});

const standard: Question = {
  name: 'INQUIRY', format: 'spc/standard-inquiry',
  cdb: cdbOf(inquiryCdb, { opcode: 0x12, allocationLength: ALLOCATION_BYTES }),
};

/** What there is to ask, by the pages that the unit lists and by its type. */
function questions(deviceType: number, pages: Uint8Array): Question[] {
  const known: readonly (readonly [number, string])[] = [
    [0x80, 'spc/unit-serial-number-page'], [0x83, 'spc/device-identification-page'],
    [0x86, 'spc/extended-inquiry-page'], [0x8f, 'copy/third-party-copy-page'],
    ...(deviceType === TAPE ? [[0xb0, 'ssc/sequential-capabilities-page'] as const]
      : [[0xb0, 'sbc/block-limits-page'] as const,
        [0xb1, 'sbc/block-characteristics-page'] as const,
        [0xb2, 'sbc/logical-block-provisioning-page'] as const]),
  ];
  const listed = known.filter(([code]) => pages.includes(code, 4));
  return [
    ...listed.map(([code, format]) => vpd(code, format)),
    ...(deviceType === TAPE ? tapeQuestions : diskQuestions),
    { name: 'RECEIVE COPY OPERATING PARAMETERS', format: 'copy/operating-parameters',
      cdb: cdbOf(receiveCopyOperatingParametersCdb,
        { opcode: 0x84, serviceAction: 0x03, allocationLength: ALLOCATION_BYTES }) },
  ];
}

const diskQuestions: readonly Question[] = [
  { name: 'READ CAPACITY(16)', format: 'sbc/capacity-16',
    cdb: cdbOf(readCapacity16Cdb, { opcode: 0x9e, serviceAction: 0x10, allocationLength: 32 }) },
];

const tapeQuestions: readonly Question[] = [
  { name: 'READ BLOCK LIMITS', format: 'ssc/block-limits',
    cdb: cdbOf(readBlockLimitsCdb, { opcode: 0x05 }) },
  { name: 'READ POSITION', format: 'ssc/short-position',
    cdb: cdbOf(readPositionCdb, { opcode: 0x34 }) },
];

/** Bytes, or why there are none. */
async function ask(unit: Initiator, { cdb }: Question): Promise<Uint8Array | string> {
  const answer = await unit.execute({ cdb, dataInBytes: ALLOCATION_BYTES });
  return answer.status === 'good' ? answer.dataIn : answer.sense?.text ?? answer.status;
}

/** A URL without a target: what is behind the portal is asked. */
const PORTAL = /^iscsi:\/\/[^/]+\/?(?:\?.*)?$/;

async function listTargets(
  terminal: Terminal, url: string, options: InquireOptions): Promise<void> {
  const targets = await Client.run(terminal, options, (client) => client.discover(url));
  if (options.json) terminal.out(JSON.stringify(targets, undefined, 2));
  else for (const { name, addresses } of targets) terminal.out(`${name}  ${addresses.join(' ')}`);
}

const inquire = (terminal: Terminal, url: string, options: InquireOptions): Promise<void> =>
  PORTAL.test(url) ? listTargets(terminal, url, options) : inquireUnit(terminal, url, options);

const inquireUnit = (terminal: Terminal, url: string, options: InquireOptions): Promise<void> =>
  Client.run(terminal, options, async (client) => {
    const unit = await client.open(url);
    const first = await ask(unit, standard);
    if (typeof first === 'string') throw new UserError(`Cannot inquire ${url}: ${first}`);
    const pages = await ask(unit, vpd(0x00, 'spc/supported-vpd-pages'));
    const all = questions(first[0]! & 0x1f, typeof pages === 'string' ? new Uint8Array(4) : pages);
    const told: Json[] = [];
    for (const question of [standard, ...all]) {
      const bytes = question === standard ? first : await ask(unit, question);
      if (options.json) told.push(answerJson(question, bytes));
      else for (const line of answerLines(question, bytes)) terminal.out(line);
    }
    if (options.json) terminal.out(JSON.stringify(told, undefined, 2));
  });

function answerLines(question: Question, bytes: Uint8Array | string): string[] {
  if (typeof bytes === 'string') return [`${question.name}: ${bytes}`, ''];
  const sections = explain(bytes, { as: question.format, isBinary: true });
  return [...sections.flatMap(({ section }) => renderSection(section)), ''];
}

const answerJson = (question: Question, bytes: Uint8Array | string): Json =>
  (typeof bytes === 'string' ? { name: question.name, error: bytes } : {
    name: question.name,
    answer: explain(bytes, { as: question.format, isBinary: true })
      .map(({ section }) => sectionJson(section))[0] ?? null,
  });
