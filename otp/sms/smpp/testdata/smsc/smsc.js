// A message centre of the npm package smpp. What it does with a message follows from
// the first word of its text. Each PDU that it gets goes to standard output as a line of
// JSON; the first line has the ports and the package's table of statuses.
//
//   node smsc.js PASSWORD KEY.pem CERTIFICATE.pem
'use strict';
const fs = require('fs');
const smpp = require('smpp');

const [password, key, cert] = process.argv.slice(2);
const say = (o) => process.stdout.write(JSON.stringify(o) + '\n');
let count = 0;

function receipt(session, pdu, id, stat) {
  session.deliver_sm({
    source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2601150900 done date:2601150901 stat:${stat} err:000 text:${pdu.short_message.message}`.slice(0, 160),
  }, (answer) => say({ event: 'receipt answered', status: answer.command_status }));
}

const does = {
  throttle: (session, pdu) => session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED })),
  drop: (session) => session.socket.resetAndDestroy ? session.socket.resetAndDestroy() : session.destroy(),
  silent: () => {},
  nack: (session, pdu) => session.send(new smpp.PDU('generic_nack', { command_status: smpp.ESME_RINVCMDID, sequence_number: pdu.sequence_number })),
  unbind: (session, pdu) => {
    session.unbind((answer) => { say({ event: 'unbind answered', status: answer.command_status }); session.close(); });
    setTimeout(() => session.send(pdu.response({ message_id: 'late' })), 100);
  },
  enquire: (session, pdu) => session.enquire_link((answer) => {
    say({ event: 'enquiry answered', status: answer.command_status });
    session.send(pdu.response({ message_id: 'enquired' }));
  }),
  receipt: (session, pdu) => {
    session.send(pdu.response({ message_id: 'r' + ++count }));
    receipt(session, pdu, 'r' + count, 'DELIVRD');
  },
  failed: (session, pdu) => {
    session.send(pdu.response({ message_id: 'r' + ++count }));
    receipt(session, pdu, 'r' + count, 'UNDELIV');
  },
  early: (session, pdu) => {
    receipt(session, pdu, 'early', 'DELIVRD');
    setTimeout(() => session.send(pdu.response({ message_id: 'early' })), 100);
  },
  option: (session, pdu) => {
    session.send(pdu.response({ message_id: 'o1' }));
    session.deliver_sm({ esm_class: 4, receipted_message_id: 'o1', message_state: smpp.MESSAGE_STATE.EXPIRED },
      (answer) => say({ event: 'receipt answered', status: answer.command_status }));
  },
};

function serve(session) {
  session.on('error', () => {});
  session.on('pdu', (pdu) => {
    const seen = { event: pdu.command };
    for (const name of ['system_id', 'interface_version', 'source_addr_ton', 'source_addr_npi', 'source_addr', 'dest_addr_ton', 'dest_addr_npi',
      'destination_addr', 'data_coding', 'validity_period', 'registered_delivery']) {
      if (name in pdu) seen[name] = pdu[name];
    }
    const text = pdu.message_payload && pdu.message_payload.message || pdu.short_message && pdu.short_message.message;
    if (typeof text === 'string') seen.text = text;
    if (!pdu.isResponse()) say(seen);
  });
  session.on('bind_transceiver', (pdu) => {
    session.send(pdu.response(pdu.password === password ? { system_id: 'smsc' } : { command_status: smpp.ESME_RINVPASWD }));
  });
  session.on('submit_sm', (pdu) => {
    const message = pdu.message_payload ? pdu.message_payload.message : pdu.short_message.message;
    const action = does[String(message).split(' ')[0]];
    if (action) action(session, pdu); else session.send(pdu.response({ message_id: 'n' + ++count }));
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
}

const plain = smpp.createServer(serve);
const secure = smpp.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(cert) }, serve);
plain.listen(0, '127.0.0.1', () => secure.listen(0, '127.0.0.1', () => {
  say({ event: 'listening', plain: plain.address().port, secure: secure.address().port, statuses: smpp.errors });
}));
process.stdin.resume().on('end', () => process.exit());
