import { test } from 'node:test'
import { live } from './life.ts'

test('a short life of a group: 12 changes by chance', () => live(20261128, 12, 8))
