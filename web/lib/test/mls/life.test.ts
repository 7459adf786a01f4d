import { test } from 'node:test'
import { live } from './life.ts'

test('a short life of a group: 25 changes by chance', () => live(20261128, 25, 10))
