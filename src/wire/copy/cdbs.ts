/** CDBs of the third-party copy commands this project executes. Source: SPC-4 6.4, 6.20 to 6.24. */
import { bits, u8, u32 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';

const control = u8(15, 'CONTROL', { hex: true });

export const extendedCopyCdb = layout(
  { name: 'EXTENDED COPY(LID1) CDB', source: 'SPC-4 6.4.1', size: 16 },
  {
    opcode:              u8(0, 'OPERATION CODE', { oneOf: [0x83] }),
    serviceAction:       bits(1, 4, 0, 'SERVICE ACTION', { oneOf: [0x00] }),
    parameterListLength: u32(10, 'PARAMETER LIST LENGTH', { unit: 'bytes' }),
    control,
  },
);

/** RECEIVE COPY STATUS, DATA and FAILURE DETAILS: the service action tells them apart. */
const receiveCopyByListId = (name: string, source: string, serviceAction: number) => layout(
  { name, source, size: 16 },
  {
    opcode:           u8(0, 'OPERATION CODE', { oneOf: [0x84] }),
    serviceAction:    bits(1, 4, 0, 'SERVICE ACTION', { oneOf: [serviceAction] }),
    listIdentifier:   u8(2, 'LIST IDENTIFIER', { hex: true }),
    allocationLength: u32(10, 'ALLOCATION LENGTH', { unit: 'bytes' }),
    control,
  },
);

export const receiveCopyStatusCdb =
  receiveCopyByListId('RECEIVE COPY STATUS(LID1) CDB', 'SPC-4 6.24', 0x00);
export const receiveCopyFailureDetailsCdb =
  receiveCopyByListId('RECEIVE COPY FAILURE DETAILS(LID1) CDB', 'SPC-4 6.22', 0x04);

/** SPC-2 has a LIST IDENTIFIER in byte 2, which is ignored here. */
export const receiveCopyOperatingParametersCdb = layout(
  { name: 'RECEIVE COPY OPERATING PARAMETERS CDB', source: 'SPC-4 6.23', size: 16 },
  {
    opcode:           u8(0, 'OPERATION CODE', { oneOf: [0x84] }),
    serviceAction:    bits(1, 4, 0, 'SERVICE ACTION', { oneOf: [0x03] }),
    allocationLength: u32(10, 'ALLOCATION LENGTH', { unit: 'bytes' }),
    control,
  },
);
