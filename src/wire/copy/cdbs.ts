/** CDBs of the third-party copy commands, 83h (out) and 84h (in). Source: SPC-4 6.3 to 6.31. */
import { type Field, u8, u32 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { since, until } from '../../codec/levels.ts';
import { groupNumber, operationCode, serviceAction } from '../spc/cdb-fields.ts';

const OUT = 0x83;
const IN = 0x84;

const listIdentifier8 = u8(2, 'LIST IDENTIFIER', { hex: true });
const listIdentifier32 = (at: number) => u32(at, 'LIST IDENTIFIER', { hex: true });
const parameterListLength = u32(10, 'PARAMETER LIST LENGTH', { unit: 'bytes' });
const allocationLength = u32(10, 'ALLOCATION LENGTH', { unit: 'bytes' });
const control = u8(15, 'CONTROL', { hex: true });

/** SPC-5 has 32-bit list identifiers only and tells it no longer. */
const lid4 = (command: string, source: string) => ({
  name: `${command}(LID4) CDB`, source, size: 16, since: 4,
  formerly: [[4, `${command}(LID4) CDB`], [5, `${command} CDB`]],
} as const);

/** SPC-2 and SPC-3 have one command, RECEIVE COPY RESULTS, whose service actions they name. */
const lid1Results = (name: string, older: string, source: string) => ({
  name: `${name} CDB`, source, size: 16, until: 4,
  formerly: [[3, `RECEIVE COPY RESULTS CDB, ${older}`]],
} as const);

/** Versions before SPC-4 have no service action in 83h. */
export const extendedCopyCdb = layout(
  { name: 'EXTENDED COPY(LID1) CDB', source: 'SPC-4 6.5', size: 16, until: 4,
    formerly: [[3, 'EXTENDED COPY CDB']] },
  {
    opcode: operationCode(OUT), serviceAction: since(4, serviceAction(0x00)),
    parameterListLength, control,
  },
);

export const extendedCopyLid4Cdb = layout(lid4('EXTENDED COPY', 'SPC-4 6.4.1'), {
  opcode: operationCode(OUT), serviceAction: serviceAction(0x01), parameterListLength, control,
});

/** The list identifier stands elsewhere than in every other CDB of 83h and 84h. */
const tokenCdb = (name: string, source: string, code: number) => layout(
  { name: `${name} CDB`, source, size: 16, since: 4 },
  {
    opcode: operationCode(OUT), serviceAction: serviceAction(code),
    listIdentifier: listIdentifier32(6), parameterListLength, groupNumber: groupNumber(14), control,
  },
);

export const populateTokenCdb = tokenCdb('POPULATE TOKEN', 'SBC-5 5.12.1', 0x10);
export const writeUsingTokenCdb = tokenCdb('WRITE USING TOKEN', 'SBC-5 5.59.1', 0x11);

export const copyOperationAbortCdb = layout(
  { name: 'COPY OPERATION ABORT CDB', source: 'SPC-4 6.3', size: 16, since: 4 },
  {
    opcode: operationCode(OUT), serviceAction: serviceAction(0x1c),
    listIdentifier: listIdentifier32(2), control,
  },
);

interface ReceiveAbout {
  readonly name: string;
  readonly source: string;
  readonly size: number;
}
/** Most CDBs of 84h differ in the service action and the size of the list identifier only. */
const receive = (about: ReceiveAbout, code: number, listIdentifier: Field<number>) =>
  layout(about, {
    opcode: operationCode(IN), serviceAction: serviceAction(code), listIdentifier,
    allocationLength, control,
  });

export const receiveCopyStatusCdb = receive(
  lid1Results('RECEIVE COPY STATUS(LID1)', 'COPY STATUS', 'SPC-4 6.25'), 0x00, listIdentifier8);
export const receiveCopyDataCdb = receive(
  lid1Results('RECEIVE COPY DATA(LID1)', 'RECEIVE DATA', 'SPC-4 6.21'), 0x01, listIdentifier8);
/** Only SPC-2 has the list identifier, and ignores it. */
export const receiveCopyOperatingParametersCdb = receive(
  lid1Results('RECEIVE COPY OPERATING PARAMETERS', 'OPERATING PARAMETERS', 'SPC-4 6.22'), 0x03,
  until(2, listIdentifier8));
export const receiveCopyFailureDetailsCdb = receive(
  lid1Results('RECEIVE COPY FAILURE DETAILS(LID1)', 'FAILED SEGMENT DETAILS', 'SPC-4 6.23'), 0x04,
  listIdentifier8);
export const receiveCopyStatusLid4Cdb =
  receive(lid4('RECEIVE COPY STATUS', 'SPC-4 6.24'), 0x05, listIdentifier32(2));
export const receiveCopyDataLid4Cdb =
  receive(lid4('RECEIVE COPY DATA', 'SPC-4 6.20'), 0x06, listIdentifier32(2));

const tokens = (name: string, source: string) =>
  ({ name: `${name} CDB`, source, size: 16, since: 4 });
export const receiveRodTokenInformationCdb = receive(
  tokens('RECEIVE ROD TOKEN INFORMATION', 'SPC-4 6.26'), 0x07, listIdentifier32(2));

export const reportAllRodTokensCdb = layout(tokens('REPORT ALL ROD TOKENS', 'SPC-4 6.31'), {
  opcode: operationCode(IN), serviceAction: serviceAction(0x08), allocationLength, control,
});
