import { baculaSuite } from '../../support/kernel-bacula.ts';
import { kernelSuite } from '../../support/kernel-suite.ts';

kernelSuite(baculaSuite('Bacula on a Linux kernel with a changer', 'bacula'));
