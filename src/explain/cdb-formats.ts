/** Every CDB. */
import { changeAliasesCdb, reportAliasesCdb } from '../wire/copy/aliases.ts';
import * as copy from '../wire/copy/cdbs.ts';
import * as block from '../wire/sbc/cdbs.ts';
import * as blockFormat from '../wire/sbc/format-cdbs.ts';
import * as changer from '../wire/smc/cdbs.ts';
import * as attributes from '../wire/spc/attributes.ts';
import { readBufferCdb, writeBufferCdb } from '../wire/spc/buffers.ts';
import * as primary from '../wire/spc/cdbs.ts';
import {
  reportIdentifyingInformationCdb, reportTimestampCdb, setIdentifyingInformationCdb,
  setTimestampCdb,
} from '../wire/spc/information.ts';
import * as stream from '../wire/ssc/cdbs.ts';
import { formatsOf } from './declared.ts';
import type { Format } from './format.ts';

const { readAttributeCdb, writeAttributeCdb } = attributes;

export const CDB_FORMATS: readonly Format[] = [
  ...formatsOf('spc', 'CDB', primary),
  ...formatsOf('spc', 'CDB', { readAttributeCdb, writeAttributeCdb }),
  ...formatsOf('spc', 'CDB', {
    readBufferCdb, writeBufferCdb, reportIdentifyingInformationCdb, setIdentifyingInformationCdb,
    reportTimestampCdb, setTimestampCdb,
  }),
  ...formatsOf('sbc', 'CDB', block), ...formatsOf('sbc', 'CDB', blockFormat),
  ...formatsOf('ssc', 'CDB', stream), ...formatsOf('smc', 'CDB', changer),
  ...formatsOf('copy', 'CDB', copy),
  ...formatsOf('copy', 'CDB', { changeAliasesCdb, reportAliasesCdb }),
];
