/** READ BUFFER and WRITE BUFFER, of data and as an echo. Source: SPC-4 6.18, 6.49. */
import { bit, bits, u8, u16, u24 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';
import { naca, operationCode } from './cdb-fields.ts';

/** MODE of both commands. Source: SPC-4 6.18.1, 6.49.1. */
export const BUFFER_MODE = { data: 0x02, descriptor: 0x03, echo: 0x0a, echoDescriptor: 0x0b } as
  const;

const meanings = { 2: 'data', 3: 'descriptor', 10: 'echo', 11: 'echo descriptor' };
const bufferId = u8(2, 'BUFFER ID');
const offset = u24(3, 'BUFFER OFFSET', { unit: 'bytes' });

export const readBufferCdb = layout(
  { name: 'READ BUFFER CDB', source: 'SPC-4 6.18', size: 10 },
  {
    opcode: operationCode(0x3c),
    mode: bits(1, 4, 0, 'MODE', { oneOf: Object.values(BUFFER_MODE), meanings }),
    bufferId, offset, allocationLength: u24(6, 'ALLOCATION LENGTH', { unit: 'bytes' }),
    naca: naca(9),
  },
);

export const writeBufferCdb = layout(
  { name: 'WRITE BUFFER CDB', source: 'SPC-4 6.49', size: 10 },
  {
    opcode: operationCode(0x3b),
    mode: bits(1, 4, 0, 'MODE', { oneOf: [BUFFER_MODE.data, BUFFER_MODE.echo], meanings }),
    bufferId, offset, listLength: u24(6, 'PARAMETER LIST LENGTH', { unit: 'bytes' }),
    naca: naca(9),
  },
);

export const bufferDescriptor = layout(
  { name: 'READ BUFFER descriptor', source: 'SPC-4 6.18.5', size: 4 },
  {
    offsetBoundary: u8(0, 'OFFSET BOUNDARY', { unit: 'power of two bytes' }),
    capacity:       u24(1, 'BUFFER CAPACITY', { unit: 'bytes' }),
  },
);

export const echoBufferDescriptor = layout(
  { name: 'READ BUFFER echo buffer descriptor', source: 'SPC-4 6.18.8', size: 4 },
  {
    ebos:     bit(0, 0, 'EBOS', { meaning: 'the echo may be overwritten by others' }),
    capacity: u16(2, 'BUFFER CAPACITY', { unit: 'bytes' }),
  },
);
