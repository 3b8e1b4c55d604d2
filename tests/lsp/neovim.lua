-- Mends the program that is open in Neovim (0.7 or newer) by what the server says. Ends with 1 if that fails.

local function fail(what, found)
  io.stderr:write(what .. ": " .. vim.inspect(found) .. "\n")
  vim.cmd("cquit 1")
end

local function check(holds, what, found)
  if not holds then fail(what, found) end
end

-- Calls `try` until it gives something.
local function wait_for(what, try)
  local found
  vim.wait(60000, function() found = try() return found end, 50)
  check(found, what, "nothing came")
  return found
end

local function run()
  -- The client of the configuration, which it started when the program was opened.
  local client = wait_for("a client", function()
    local clients = vim.lsp.get_clients or vim.lsp.get_active_clients
    return clients()[1] and clients()[1].id
  end)

  local errors = wait_for("diagnostics", function()
    local all = vim.diagnostic.get(0)
    return #all > 0 and all
  end)
  -- Neovim counts bytes: `ä` is two, and the letter behind it four.
  local line = vim.api.nvim_buf_get_lines(0, 0, 1, true)[1]
  check(errors[1].col == line:find("resmaple") - 1 and errors[1].lnum == 0, "where the mistake is", errors)
  check(errors[1].message:find("did you mean `resample"), "its message", errors)
  check(errors[1].source == "rastra", "its source", errors)

  local function ask(method, row, column, more)
    local text = vim.api.nvim_buf_get_lines(0, row - 1, row, true)[1]
    local _, units = vim.str_utfindex(text, column)
    local params = { textDocument = vim.lsp.util.make_text_document_params() }
    params.position = { line = row - 1, character = units }
    local answers = vim.lsp.buf_request_sync(0, method, vim.tbl_extend("force", params, more or {}), 60000)
    local answer = answers and answers[client]
    check(answer and not answer.error, method, answer)
    return answer.result
  end

  -- The fix, at the place of the mistake.
  local params = { textDocument = vim.lsp.util.make_text_document_params() }
  local _, column = vim.str_utfindex(line, errors[1].col)
  params.range = { start = { line = 0, character = 0 }, ["end"] = { line = 0, character = column + 9 } }
  params.context = { diagnostics = {} }
  local fix = wait_for("a fix", function()
    local answers = vim.lsp.buf_request_sync(0, "textDocument/codeAction", params, 60000)
    return answers and answers[client] and answers[client].result and answers[client].result[1]
  end)
  vim.lsp.util.apply_workspace_edit(fix.edit, "utf-16")
  line = vim.api.nvim_buf_get_lines(0, 0, 1, true)[1]
  check(line:find("| resample 1y mean"), "the mended line", line)

  local hover = ask("textDocument/hover", 1, line:find("resample") + 2)
  check(hover.contents.value:find("Make a shorter timeline"), "help", hover)

  local list = ask("textDocument/completion", 3, 8)
  local items = vim.lsp.util.extract_completion_items(list)
  check(#items == 1 and items[1].label == "crop", "candidates", items)
  vim.lsp.util.apply_text_edits({ items[1].textEdit }, 0, "utf-16")
  check(vim.api.nvim_buf_get_lines(0, 2, 3, true)[1] == "$x | crop", "what is put in", vim.api.nvim_buf_get_lines(0, 0, -1, true))
  vim.api.nvim_buf_set_lines(0, 2, 3, true, { "$x | crop bbox 500000 4999980 500010 4999990" })
  wait_for("no mistakes any more", function() return #vim.diagnostic.get(0) == 0 end)

  local edit = ask("textDocument/rename", 3, 1, { newName = "y" })
  vim.lsp.util.apply_workspace_edit(edit, "utf-16")
  if vim.lsp.buf.format then vim.lsp.buf.format({ timeout_ms = 60000 }) else vim.lsp.buf.formatting_sync(nil, 60000) end
  vim.cmd("silent write")
  vim.lsp.stop_client(client)
  wait_for("the end of the server", function() return vim.lsp.client_is_stopped(client) end)
  print("all is well")
  vim.cmd("qall!")
end

local well, why = pcall(run)
if not well then fail("a fault", why) end
