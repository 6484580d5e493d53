/** Which structure a third-party copy command sends, and which it is answered with. */
import type { AnyLayout } from '../../codec/layout.ts';
import {
  allRodTokens, lid4Data, lid4Status, rodTokenInformation,
} from '../../wire/copy/lid4-results.ts';
import { lid4ParameterListHeader, parameterListHeader } from '../../wire/copy/parameter-list.ts';
import {
  copyStatus, failedSegmentDetails, operatingParameters, receiveCopyData,
} from '../../wire/copy/results.ts';
import { populateTokenList, writeUsingTokenList } from '../../wire/copy/tokens.ts';

/** By operation code and service action, the data of the one direction that a command has. */
const DATA: ReadonlyMap<number, AnyLayout> = new Map<number, AnyLayout>([
  [0x8300, parameterListHeader], [0x8301, lid4ParameterListHeader],
  [0x8310, populateTokenList], [0x8311, writeUsingTokenList],
  [0x8400, copyStatus], [0x8401, receiveCopyData], [0x8403, operatingParameters],
  [0x8404, failedSegmentDetails], [0x8405, lid4Status], [0x8406, lid4Data],
  [0x8407, rodTokenInformation], [0x8408, allRodTokens],
]);

/** What the command's data are; undefined where nothing is known of them. */
export const dataOfCommand = (cdb: Uint8Array): AnyLayout | undefined =>
  DATA.get((cdb[0]! << 8) | (cdb[1]! & 0x1f));
