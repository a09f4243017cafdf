// A click on a telephone number asks the telephone system to call it: one POST to its hook, with the
// id of whoever clicked. Nothing is polled and nothing of the page is read.
define([], function () {
  'use strict';

  return function () {
    var self = this;

    function said(name) {
      return self.i18n('said')[name];
    }

    function tell(text) {
      var notice = { text: { header: said('title'), text: text }, type: 'call' };
      window.APP.notifications.show_notification(notice);
    }

    function complain(text) {
      window.APP.notifications.show_message_error({ header: said('title'), text: text });
    }

    // The same click that comes twice is one call.
    function unique() {
      var numbers = window.crypto.getRandomValues(new Uint32Array(4));
      return Array.prototype.map.call(numbers, function (each) { return each.toString(36); }).join('');
    }

    function answered(answer, number) {
      if (answer.ok) {
        tell(said('ringing') + number);
      } else if (answer.status === 403) {
        complain(said('refused'));
      } else {
        complain(said('failed') + answer.status);
      }
    }

    function call(clicked) {
      var settings = self.get_settings() || {};
      var number = String((clicked && clicked.value) || '');
      if (!settings.address || !settings.token) {
        complain(said('unset'));
        return Promise.resolve();
      }
      var asked = { id: unique(), user: String(window.APP.constant('user').id), number: number };
      return window.fetch(settings.address, {
        method: 'POST',
        headers: { 'Authorization': 'Bearer ' + settings.token, 'Content-Type': 'application/json' },
        body: JSON.stringify(asked),
        credentials: 'omit',
        referrerPolicy: 'no-referrer'
      }).then(
        function (answer) { answered(answer, number); },
        function () { complain(said('unreached')); }
      );
    }

    function nothing() {
      return true;
    }

    this.callbacks = {
      render: nothing,
      init: function () {
        self.add_action('phone', call);
        return true;
      },
      bind_actions: nothing,
      settings: nothing,
      onSave: nothing,
      destroy: nothing
    };
    return this;
  };
});
