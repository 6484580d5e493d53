import { rest, u16 } from '../../codec/field.ts';
import { layout } from '../../codec/layout.ts';

/** The data segment of a SCSI Response, or of an Asynchronous Message with sense data. */
export const responseData = layout(
  { name: 'SCSI Response data segment', source: 'RFC 7143 11.4.7', size: 2 },
  {
    senseLength: u16(0, 'SenseLength', { unit: 'bytes' }),
    sense:       rest(2, 'sense data, response data'),
  },
  [({ senseLength, sense }) => (senseLength > sense.length
    ? { field: 'senseLength', rule: 'length',
      message: `is ${senseLength}, ${sense.length} bytes follow it` } : undefined)],
);
