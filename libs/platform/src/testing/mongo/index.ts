export { MongoStandIn, type StandInOptions } from './stand-in.js';
