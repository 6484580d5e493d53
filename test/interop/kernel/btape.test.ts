import { baculaSuite } from '../../support/kernel-bacula.ts';
import { kernelSuite } from '../../support/kernel-suite.ts';

kernelSuite(baculaSuite('btape on a Linux kernel with a tape and a changer', 'btape'));
