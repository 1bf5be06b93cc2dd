
"use strict";
(function () {
  var make = function (name, text) {
    var element = document.createElement(name);
    if (text) element.textContent = text;
    return element;
  };

  // The theme: the system's, until somebody asks for another.
  var list = document.querySelector("nav ul");
  var item = make("li");
  var theme = make("button");
  theme.type = "button";
  var isDark = function () {
    var chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  var label = function () {
    theme.textContent = isDark() ? "Light theme" : "Dark theme";
  };
  theme.addEventListener("click", function () {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    label();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();
  item.append(theme);
  list.append(item);

  // Charts are read column by column, with the pointer or with the arrow keys.
  document.querySelectorAll(".chart").forEach(function (chart) {
    var plot = chart.querySelector(".plot");
    var svg = chart.querySelector("svg");
    var columns = Array.from(svg.querySelectorAll("g"));
    var readout = chart.querySelector(".readout");
    if (columns.length < 2) return;
    var words = columns.map(function (column) {
      var title = column.querySelector("title");
      var text = title.textContent;
      title.remove();
      return text;
    });
    var at = -1;
    var read = function (next) {
      if (at >= 0) columns[at].classList.remove("read");
      at = Math.max(0, Math.min(columns.length - 1, next));
      columns[at].classList.add("read");
      readout.textContent = words[at];
      plot.setAttribute("aria-valuenow", String(at + 1));
      plot.setAttribute("aria-valuetext", words[at]);
    };
    readout.hidden = false;
    readout.textContent = "Point at a column, or use the arrow keys.";
    plot.tabIndex = 0;
    plot.setAttribute("role", "slider");
    plot.setAttribute("aria-label", chart.querySelector("figcaption").textContent);
    plot.setAttribute("aria-valuemin", "1");
    plot.setAttribute("aria-valuemax", String(columns.length));
    plot.setAttribute("aria-valuenow", "1");
    plot.setAttribute("aria-valuetext", words[0]);
    svg.addEventListener("pointermove", function (event) {
      var box = svg.getBoundingClientRect();
      read(Math.floor(((event.clientX - box.left) / box.width) * columns.length));
    });
    plot.addEventListener("focus", function () {
      if (at < 0) read(0);
    });
    plot.addEventListener("keydown", function (event) {
      var page = Math.max(1, Math.round(columns.length / 10));
      var steps = {
        ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1,
        PageUp: at + page, PageDown: at - page, Home: 0, End: columns.length - 1,
      };
      if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in steps)) return;
      event.preventDefault();
      read(steps[event.key]);
    });
  });

  // Tables are sorted by their heads.
  var value = function (row, at) {
    var text = row.cells[at].textContent.trim();
    var number = /^[0-9][0-9,]*$/.test(text) ? Number(text.replace(/,/g, "")) : NaN;
    return { text: text, number: number };
  };
  document.querySelectorAll("table[data-sortable]").forEach(function (table) {
    var heads = Array.from(table.tHead.rows[0].cells);
    var body = table.tBodies[0];
    if (body.rows.length < 2) return;
    heads.forEach(function (head, at) {
      if (head.textContent === "Share") return;
      var button = make("button", head.textContent);
      button.type = "button";
      head.textContent = "";
      head.append(button);
      button.addEventListener("click", function () {
        var up = head.getAttribute("aria-sort") !== "ascending";
        heads.forEach(function (other) {
          other.removeAttribute("aria-sort");
        });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        var rows = Array.from(body.rows).map(function (row) {
          return { row: row, key: value(row, at) };
        });
        rows.sort(function (one, other) {
          var order = isNaN(one.key.number) || isNaN(other.key.number)
            ? one.key.text.localeCompare(other.key.text)
            : one.key.number - other.key.number;
          return up ? order : -order;
        });
        rows.forEach(function (entry) {
          body.append(entry.row);
        });
      });
    });
  });

  // Long tables are searched.
  document.querySelectorAll("table[data-filter]").forEach(function (table) {
    var rows = Array.from(table.tBodies[0].rows);
    if (rows.length < 8) return;
    var box = make("label", "Filter " + table.dataset.filter);
    box.className = "filter";
    var input = make("input");
    input.type = "search";
    var count = make("span");
    count.setAttribute("role", "status");
    box.append(input, count);
    table.parentElement.before(box);
    input.addEventListener("input", function () {
      var wanted = input.value.toLowerCase();
      var shown = 0;
      rows.forEach(function (row) {
        row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0;
        if (!row.hidden) shown += 1;
      });
      count.textContent = wanted ? shown + " of " + rows.length : "";
    });
  });
})();
