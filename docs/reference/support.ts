/** What is executed, what is only parsed, and why: the same tables for README and reference. */
import type { AnyLayout } from '../../src/codec/layout.ts';
import { ROD_TYPE_SUPPORT } from '../../src/copy/rod/rod-types.ts';
import { CSCD_LAYOUTS, CSCD_TYPES, ROD_TYPES } from '../../src/wire/copy/cscd.ts';
import { HOLD_TYPES, SEGMENT_LAYOUTS, SEGMENT_TYPES } from '../../src/wire/copy/segments.ts';
import { rangeOf } from './formats.ts';
import { hex8, table } from './markdown.ts';

/** What has no public layout came with SPC-5. */
const rangeOfLayout = (layout: AnyLayout | undefined): string =>
  (layout === undefined ? 'SPC-5 on' : rangeOf(layout.levels) || 'SPC-2 on');

const NO_LAYOUT = 'named; kept as opaque bytes, no public source has its layout';

const MAPPED_STATE = 'executed with `--transport` names of its kind; else refused with 26h/07h';

/** How a CSCD type finds its logical unit. */
const FOUND_BY: Readonly<Record<number, string>> = {
  0xe4: 'executed: by a designator of VPD page 83h',
  0xe5: 'executed: by this target’s own portals, or `--transport`',
  0xe6: 'executed: by an alias (CHANGE ALIASES)',
  0xea: 'executed: by this target’s own portals, or `--transport`',
  0xeb: 'executed: by a designator behind this target’s own portals, or `--transport`',
  0xfe: 'executed: ROD types below',
  0xff: 'executed as the extension of EAh and EBh, and in the LID4 header',
};

export function cscdTable(): string {
  const rows = Object.entries(CSCD_TYPES).map(([code, name]) => {
    const type = Number(code);
    const layout = CSCD_LAYOUTS.get(type);
    const state = layout === undefined && type !== 0xff ? `${NO_LAYOUT}; refused with 26h/07h`
      : FOUND_BY[type] ?? MAPPED_STATE;
    const versions = type === 0xff ? 'SPC-4 on' : rangeOfLayout(layout);
    return [hex8(type), name, state, versions];
  });
  return table(['CSCD type', 'name', 'state', 'versions'], rows);
}

export function segmentTable(): string {
  const rows = Object.entries(SEGMENT_TYPES).map(([code, name]) => {
    const type = Number(code);
    const layout = SEGMENT_LAYOUTS.get(type);
    const held = HOLD_TYPES.includes(type) ? ', held data by RECEIVE COPY DATA' : '';
    const state = layout === undefined ? `${NO_LAYOUT}; refused with 26h/09h`
      : type === 0x02 || type === 0x0d ? `executed${held}; FCO=1 is refused with 26h/16h`
        : `executed${held}`;
    return [hex8(type), name, state, rangeOfLayout(layout)];
  });
  return table(['segment', 'name', 'state', 'versions'], rows);
}

export function rodTable(): string {
  const rows = Object.entries(ROD_TYPES).map(([code, name]) => {
    const support = ROD_TYPE_SUPPORT.find(({ type }) => type === Number(code));
    const how = support === undefined ? 'in FEh descriptors, with a token'
      : [support.ecpyInt ? 'inside EXTENDED COPY' : '', support.tokenIn ? 'tokens accepted' : '',
        support.tokenOut ? 'tokens made' : ''].filter((text) => text !== '').join(', ');
    return [hex8(Number(code), 8), name, how];
  });
  return table(['ROD type', 'name', 'executed'], rows);
}

const SERVICE_ACTIONS: readonly (readonly [string, string, string])[] = [
  ['83h/00h', 'EXTENDED COPY(LID1)', 'executed'],
  ['83h/01h', 'EXTENDED COPY(LID4)', 'executed, with IMMED and G_SENSE'],
  ['83h/10h', 'POPULATE TOKEN', 'executed by disks'],
  ['83h/11h', 'WRITE USING TOKEN', 'executed by disks'],
  ['83h/1Ch', 'COPY OPERATION ABORT', 'executed'],
  ['84h/00h', 'RECEIVE COPY STATUS(LID1)', 'executed'],
  ['84h/01h', 'RECEIVE COPY DATA(LID1)', 'executed'],
  ['84h/03h', 'RECEIVE COPY OPERATING PARAMETERS', 'executed'],
  ['84h/04h', 'RECEIVE COPY FAILURE DETAILS(LID1)', 'executed'],
  ['84h/05h', 'RECEIVE COPY STATUS(LID4)', 'executed'],
  ['84h/06h', 'RECEIVE COPY DATA(LID4)', 'executed'],
  ['84h/07h', 'RECEIVE ROD TOKEN INFORMATION', 'executed'],
  ['84h/08h', 'REPORT ALL ROD TOKENS', 'executed'],
  ['A4h/0Bh', 'CHANGE ALIASES', 'executed'],
  ['A3h/0Bh', 'REPORT ALIASES', 'executed'],
];

/** Operation codes and service actions of the commands in the table. */
export const DOCUMENTED_ACTIONS: readonly string[] = SERVICE_ACTIONS.map(([code]) => code);

export const serviceActionTable = (): string =>
  table(['code', 'service action', 'state'], SERVICE_ACTIONS);
