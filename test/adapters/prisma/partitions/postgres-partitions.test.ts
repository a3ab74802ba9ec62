import { describeOn, findEngine } from '../engines.js'
import { dropContract } from './drop.contract.js'
import { moveContract } from './move.contract.js'
import { partitionedStoresContract } from './partitioned-stores.contract.js'

const found = await findEngine('postgres')

describeOn(found, () => {
  moveContract(found)
  dropContract(found)
  partitionedStoresContract(found)
})
