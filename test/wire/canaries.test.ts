/** The canaries of test/support in the demo cluster, behind the product as it runs at the edge. */
import { describeCanaries } from '../support/canary-suite.ts'
import { demoTarget } from '../support/canary-targets.ts'

describeCanaries({ platform: 'workerd', refused: [], start: demoTarget })
