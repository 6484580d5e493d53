/** Which structure a third-party copy command sends, and which it is answered with. */
import type { AnyLayout } from '../../codec/layout.ts';
import { lid4ParameterListHeader, parameterListHeader } from '../../wire/copy/parameter-list.ts';
import { copyStatus, failedSegmentDetails, operatingParameters } from '../../wire/copy/results.ts';

interface CommandData {
  readonly out?: AnyLayout;
  readonly in?: AnyLayout;
}

/** By operation code and service action; a command that is not here moves bytes as they are. */
const DATA: ReadonlyMap<number, CommandData> = new Map<number, CommandData>([
  [0x8300, { out: parameterListHeader }],
  [0x8301, { out: lid4ParameterListHeader }],
  [0x8400, { in: copyStatus }],
  [0x8403, { in: operatingParameters }],
  [0x8404, { in: failedSegmentDetails }],
]);

/** What the command's data are; undefined where nothing is known of them. */
export const dataOfCommand = (cdb: Uint8Array): CommandData =>
  DATA.get((cdb[0]! << 8) | (cdb[1]! & 0x1f)) ?? {};
